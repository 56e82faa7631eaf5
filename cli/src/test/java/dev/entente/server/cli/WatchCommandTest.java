package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.util.Durations;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.entente.server.app.TextService;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Tests {@code tx watch} over broken streams, with a coordinator that answers from scripts. */
class WatchCommandTest {
    /** A coordinator that answers each watch with the next script, and repeats the last script. */
    private static final class Scripted extends TransactionServiceGrpc.TransactionServiceImplBase
            implements AutoCloseable {
        private final List<List<Object>> scripts;
        private final List<Long> afterRevisions = new CopyOnWriteArrayList<>();
        private final Server server;

        Scripted(List<List<Object>> scripts) throws IOException {
            this.scripts = List.copyOf(scripts);
            server = TextService.onAnyPort().addService(this).build().start();
        }

        @Override
        public void watchTransaction(WatchTransactionRequest request, StreamObserver<Transaction> client) {
            afterRevisions.add(request.getAfterRevision());
            for (Object answer : scripts.get(Math.min(afterRevisions.size(), scripts.size()) - 1)) {
                if (answer instanceof Transaction transaction) {
                    client.onNext(transaction);
                } else {
                    client.onError((StatusRuntimeException) answer);
                    return;
                }
            }
            client.onCompleted();
        }

        Cli watch(String... more) {
            return Cli.run(Cli.with(more, "tx", "watch", "w-1", "--target", TextService.target(server)));
        }

        @Override
        public void close() {
            server.shutdownNow();
        }
    }

    private static Transaction change(long revision, Transaction.State state) {
        return Transaction.newBuilder()
                .setGid("w-1")
                .setRevision(revision)
                .setState(state)
                .setTerminal(state == Transaction.State.SUCCEEDED)
                .build();
    }

    private static Transaction live(long revision) {
        return change(revision, Transaction.State.RUNNING).toBuilder()
                .setAsLastSeen(true)
                .build();
    }

    private static StatusRuntimeException ownerDied() {
        return StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(Code.UNAVAILABLE_VALUE)
                .setMessage("ENT-053: the coordinator that it takes cannot be reached")
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setDomain("entente.dev")
                        .setReason("ENT-053")
                        .build()))
                .addDetails(Any.pack(RetryInfo.newBuilder()
                        .setRetryDelay(Durations.fromMillis(1))
                        .build()))
                .build());
    }

    private static StatusRuntimeException brokenLink() {
        return Status.UNAVAILABLE.withDescription("io exception").asRuntimeException();
    }

    @Test
    void a_broken_stream_is_reopened_after_the_last_change() throws IOException {
        try (Scripted coordinator = new Scripted(List.of(
                List.of(change(1, Transaction.State.RUNNING), change(3, Transaction.State.RUNNING), ownerDied()),
                List.of(ownerDied()),
                List.of(brokenLink()),
                List.of(Status.INTERNAL
                        .withDescription("Received unexpected EOS on empty DATA frame from server")
                        .asRuntimeException()),
                List.of(Status.CANCELLED
                        .withDescription("RST_STREAM closed stream")
                        .asRuntimeException()),
                List.of(change(3, Transaction.State.RUNNING), change(5, Transaction.State.SUCCEEDED))))) {
            Cli watched = coordinator.watch();
            assertThat(watched.exit()).isZero();
            assertThat(watched.out().lines())
                    .satisfiesExactly(
                            line -> assertThat(line).startsWith("w-1 RUNNING"),
                            line -> assertThat(line).startsWith("w-1 RUNNING"),
                            line -> assertThat(line).startsWith("w-1 SUCCEEDED"));
            assertThat(watched.err().lines()).singleElement().asString().contains("asking again", "ENT-053");
            assertThat(coordinator.afterRevisions).containsExactly(0L, 3L, 3L, 3L, 3L, 3L);
        }
    }

    /** The next coordinator continues from the durable revision, so a new change may have a lost change's revision. */
    @Test
    void a_watch_restarts_from_revision_0_after_progress_that_may_be_lost() throws IOException {
        try (Scripted coordinator = new Scripted(List.of(
                List.of(live(4), ownerDied()),
                List.of(change(4, Transaction.State.UNDOING), change(6, Transaction.State.SUCCEEDED))))) {
            assertThat(coordinator.watch("--after-revision", "2").out().lines()).hasSize(3);
            assertThat(coordinator.afterRevisions).containsExactly(2L, 0L);
        }
    }

    @Test
    void a_watch_stops_if_no_change_arrives_within_the_timeout() throws IOException {
        try (Scripted coordinator = new Scripted(
                List.of(List.of(change(1, Transaction.State.RUNNING), ownerDied()), List.of(ownerDied())))) {
            Cli watched = coordinator.watch("--timeout", "300ms");
            assertThat(watched.exit()).isEqualTo(ExitCode.REFUSED);
            assertThat(watched.err()).contains("ENT-053");
            assertThat(watched.out().lines()).hasSize(1);
        }
    }

    @Test
    void a_permanent_error_ends_a_watch_immediately() throws IOException {
        try (Scripted coordinator = new Scripted(List.of(
                List.of(change(1, Transaction.State.RUNNING), Status.NOT_FOUND.asRuntimeException()),
                List.of(change(2, Transaction.State.SUCCEEDED))))) {
            assertThat(coordinator.watch().exit()).isNotZero();
            assertThat(coordinator.afterRevisions).hasSize(1);
        }
    }

    @Test
    void a_failed_first_connection_ends_a_watch_immediately() throws IOException {
        try (Scripted coordinator = new Scripted(List.of(List.of(brokenLink())))) {
            assertThat(coordinator.watch().exit()).isEqualTo(ExitCode.UNREACHABLE);
            assertThat(coordinator.afterRevisions).hasSize(1);
        }
    }
}
