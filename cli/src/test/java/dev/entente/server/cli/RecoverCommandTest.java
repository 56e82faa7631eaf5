package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.app.TextService;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.RecoverTransactionsRequest;
import dev.entente.v1.RecoverTransactionsResponse;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Server;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RecoverCommandTest {
    @Test
    void recover_waits_at_least_30_minutes_unless_a_timeout_is_given() throws IOException {
        List<Deadline> deadlines = new CopyOnWriteArrayList<>();
        Server server = TextService.onAnyPort()
                .addService(new OperatorServiceGrpc.OperatorServiceImplBase() {
                    @Override
                    public void recoverTransactions(
                            RecoverTransactionsRequest request, StreamObserver<RecoverTransactionsResponse> observer) {
                        deadlines.add(Objects.requireNonNull(Context.current().getDeadline()));
                        observer.onNext(RecoverTransactionsResponse.newBuilder()
                                .setParked(1)
                                .setReleased(request.getRelease() ? 1 : 0)
                                .build());
                        observer.onCompleted();
                    }
                })
                .build()
                .start();
        try {
            String target = TextService.target(server);
            assertThat(Cli.run("recover", "--yes", "--target", target).out()).contains("1 released");
            assertThat(deadlines).hasSize(2).allMatch(deadline -> deadline.timeRemaining(TimeUnit.MINUTES) >= 30);
            deadlines.clear();
            Cli.run("recover", "--yes", "--timeout", "1m", "--target", target);
            assertThat(deadlines).hasSize(2).allMatch(deadline -> deadline.timeRemaining(TimeUnit.SECONDS) <= 60);
        } finally {
            server.shutdownNow();
        }
    }
}
