package dev.entente.participant.stream;

import dev.entente.v1.BarrierRow;
import dev.entente.v1.ListBarrierRowsRequest;
import dev.entente.v1.ListBarrierRowsResponse;
import dev.entente.wire.BarrierRows;
import dev.entente.wire.Times;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executor;

/** Serves the rows of the participant's barriers, one barrier after another. Thread-safe. */
final class BarrierPages {
    private static final int MAX = 500;

    private final List<BarrierRows> barriers;
    private final Executor executor;

    BarrierPages(List<BarrierRows> barriers, Executor executor) {
        this.barriers = List.copyOf(barriers);
        this.executor = executor;
    }

    /** The position in a list: the barrier, and the key of its last row that was sent. */
    private record Place(int barrier, BarrierRows.Key key) {
        static final Place FIRST = new Place(0, BarrierRows.Key.FIRST);

        String token() {
            String text = barrier + "\n" + key.gid() + "\n" + key.branch() + "\n" + key.op();
            return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
        }

        static Place of(String token) {
            if (token.isEmpty()) {
                return FIRST;
            }
            try {
                String[] parts =
                        new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8).split("\n", -1);
                return new Place(Integer.parseInt(parts[0]), new BarrierRows.Key(parts[1], parts[2], parts[3]));
            } catch (RuntimeException malformed) { // a client may send any text
                throw refusal("page_token '" + token + "' is not valid; use the next_page_token of the page before,"
                        + " unchanged");
            }
        }
    }

    void list(ListBarrierRowsRequest request, StreamObserver<ListBarrierRowsResponse> answer) {
        executor.execute(() -> {
            try {
                answer.onNext(page(request));
                answer.onCompleted();
            } catch (StatusRuntimeException refused) {
                answer.onError(refused);
            } catch (SQLException failed) {
                answer.onError(Status.UNAVAILABLE
                        .withDescription("the barrier could not be read: " + failed.getMessage())
                        .withCause(failed)
                        .asRuntimeException());
            }
        });
    }

    private ListBarrierRowsResponse page(ListBarrierRowsRequest request) throws SQLException {
        if (request.getGidsCount() > MAX) {
            throw refusal("gids: " + request.getGidsCount() + " are too many; ask for at most " + MAX);
        }
        if (request.getPageSize() < 0) {
            throw refusal("page_size: must be 0 to " + MAX);
        }
        int size = request.getPageSize() == 0 ? MAX : Math.min(request.getPageSize(), MAX);
        Place place = Place.of(request.getPageToken());
        ListBarrierRowsResponse.Builder page = ListBarrierRowsResponse.newBuilder();
        while (place.barrier < barriers.size() && page.getRowsCount() < size) {
            place = fill(page, request.getGidsList(), place, size);
        }
        return place.barrier < barriers.size()
                ? page.setNextPageToken(place.token()).build()
                : page.build();
    }

    private Place fill(ListBarrierRowsResponse.Builder page, List<String> gids, Place from, int size)
            throws SQLException {
        int rowsLeft = size - page.getRowsCount();
        List<BarrierRows.Row> rows = barriers.get(from.barrier).after(from.key, gids, rowsLeft);
        rows.forEach(row -> page.addRows(shown(row)));
        return rows.size() < rowsLeft
                ? new Place(from.barrier + 1, BarrierRows.Key.FIRST)
                : new Place(from.barrier, rows.get(rows.size() - 1).key());
    }

    private static BarrierRow shown(BarrierRows.Row row) {
        return BarrierRow.newBuilder()
                .setGid(row.key().gid())
                .setBranch(row.key().branch())
                .setOp(row.key().op())
                .setVerdict(row.verdict())
                .setCreateTime(Times.proto(row.createdAt()))
                .build();
    }

    private static StatusRuntimeException refusal(String why) {
        return Status.INVALID_ARGUMENT.withDescription(why).asRuntimeException();
    }
}
