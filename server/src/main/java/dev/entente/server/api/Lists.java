package dev.entente.server.api;

import com.google.protobuf.util.Durations;
import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.transaction.ParkReason;
import dev.entente.server.api.access.Caller;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Snapshots;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.store.admin.Queries;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.Parked;
import dev.entente.v1.ParkedCount;
import dev.entente.v1.Transaction;
import java.util.concurrent.CompletableFuture;

/** Pages and counts of transactions, from the tables as they are. Thread-safe; nothing blocks. */
final class Lists {
    private final Queries queries;
    private final PlanCodec codec;
    private final TransactionViews views;

    Lists(Queries queries, PlanCodec codec, TransactionViews views) {
        this.queries = queries;
        this.codec = codec;
        this.views = views;
    }

    CompletableFuture<ListTransactionsResponse> list(ListTransactionsRequest request, Caller caller) {
        int size = Filters.pageSize(request.getPageSize());
        TransactionFilter filter = Filters.of(request.getFilter());
        String token = request.getPageToken();
        CompletableFuture<Queries.Page> asked = switch (request.getOrder()) {
            case ORDER_UNSPECIFIED -> queries.list(filter, size, token);
            case SLOWEST -> queries.slowest(filter, size, token);
            case UNRECOGNIZED -> throw Filters.malformed("order", "leave it out, or name SLOWEST");
        };
        return asked
                .thenApply(page -> {
                    ListTransactionsResponse.Builder response =
                            ListTransactionsResponse.newBuilder().setNextPageToken(page.nextToken());
                    page.rows().forEach(row -> response.addTransactions(show(row, caller)));
                    return response.build();
                });
    }

    /** One row that cannot be read must not hide the others. */
    private Transaction show(StoredTransaction row, Caller caller) {
        try {
            Snapshot snapshot = Snapshots.of(row, codec);
            return views.show(snapshot, caller);
        } catch (UnreadableRow unreadable) {
            return switch (row) {
                case OpenRow open -> unreadable(open, unreadable);
                case FinishedRow finished -> unreadable(finished, unreadable);
            };
        }
    }

    private static Transaction unreadable(OpenRow row, UnreadableRow why) {
        Transaction.Builder shown = byColumns(row);
        if (!why.isDamaged()) {
            return shown.setDetail(String.valueOf(why.getMessage())).build();
        }
        return shown.setParked(Parked.newBuilder()
                        .setReason(Parked.Reason.UNREADABLE_ROW)
                        .setDetail(String.valueOf(why.getMessage()))
                        .setAdvice(ParkReason.UNREADABLE_ROW.advice()))
                .build();
    }

    private static Transaction.Builder byColumns(OpenRow row) {
        return Transaction.newBuilder()
                .setGid(row.gid())
                .setName(row.name())
                .setPatternValue(row.pattern().code())
                .setStateValue(row.state().code())
                .setCreateTime(TransactionTranslation.timestamp(row.createdAt()));
    }

    private static Transaction unreadable(FinishedRow row, UnreadableRow why) {
        return Transaction.newBuilder()
                .setGid(row.gid())
                .setName(row.name())
                .setPatternValue(row.pattern().code())
                .setStateValue(row.state().code())
                .setTerminal(true)
                .setDetail(String.valueOf(why.getMessage()))
                .setCreateTime(TransactionTranslation.timestamp(row.createdAt()))
                .setFinishTime(TransactionTranslation.timestamp(row.finishedAt()))
                .build();
    }

    CompletableFuture<CountTransactionsResponse> count(CountTransactionsRequest request) {
        int limit = request.getLimit();
        if (limit < 0) {
            throw Filters.malformed("limit", "must not be negative; 0 means " + Queries.MOST_COUNTED);
        }
        return queries.count(
                        Filters.of(request.getFilter()),
                        limit == 0 ? Queries.MOST_COUNTED : Math.min(limit, Queries.MOST_COUNTED))
                .thenApply(Lists::shown);
    }

    private static CountTransactionsResponse shown(Queries.Counts counts) {
        CountTransactionsResponse.Builder response = CountTransactionsResponse.newBuilder()
                .setOpen(counts.open())
                .setParked(counts.parked())
                .setOverdue(counts.overdue())
                .setAwaitingApproval(counts.awaitingApproval())
                .setCapped(counts.isCapped());
        counts.openByPattern().forEach((pattern, count) -> response.putOpenByPattern(pattern.name(), count));
        counts.parkedBy()
                .forEach(group -> response.addParkedBy(ParkedCount.newBuilder()
                        .setReasonValue(group.reason().code())
                        .setParticipant(group.participant())
                        .setCount(group.count())
                        .setSince(TransactionTranslation.timestamp(group.since()))));
        counts.byState().forEach((state, count) -> response.putByState(state.name(), count));
        if (counts.oldestOverdue() != null) {
            response.setOldestOverdue(
                    Durations.fromMillis(counts.oldestOverdue().toMillis()));
        }
        return response.build();
    }
}
