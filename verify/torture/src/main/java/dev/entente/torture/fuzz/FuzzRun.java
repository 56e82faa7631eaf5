package dev.entente.torture.fuzz;

import dev.entente.rig.Playground;
import dev.entente.rig.ProcFs;
import dev.entente.rig.Ready;
import dev.entente.rig.RigCoordinator;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** A run that sends bad input to one coordinator for some time, then checks the coordinator. For one thread. */
final class FuzzRun {
    private static final int CHANNELS = 4;
    private static final int TIMEOUT_SECONDS = 20;
    /** An answer may list a hundred field violations in its trailers. */
    private static final int ANSWER_HEADERS = 64 << 10;

    private final Playground playground;
    private final RigCoordinator coordinator;
    private final Tally tally = new Tally();

    FuzzRun(Playground playground, RigCoordinator coordinator) {
        this.playground = playground;
        this.coordinator = coordinator;
    }

    FuzzReport run(Duration length, int most, long seed) throws Exception {
        Ready ready = coordinator.ready();
        RowCounts before = RowCounts.of(playground.database());
        List<ManagedChannel> channels =
                IntStream.range(0, CHANNELS).mapToObj(_ -> channel(ready)).toList();
        try {
            List<Rpc> rpcs = Rpc.all();
            Inputs inputs = new Inputs(rpcs, new Random(seed));
            ConcurrentCalls shots = new ConcurrentCalls(channels, tally);
            long began = System.nanoTime();
            for (int sent = 0; sent < most && System.nanoTime() - began < length.toNanos(); sent++) {
                shots.fire(inputs.next());
            }
            shots.settle();
            return new FuzzReport(
                    seed,
                    TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began),
                    rpcs.size(),
                    tally.counts(),
                    RowCounts.of(playground.database()).since(before),
                    ProcFs.statusKilobytes(ready.pid(), "VmHWM:") >> 10,
                    serves(channels.getFirst(), ready));
        } finally {
            channels.forEach(ManagedChannel::shutdownNow);
        }
    }

    private static ManagedChannel channel(Ready ready) {
        return NettyChannelBuilder.forTarget(ready.grpc())
                .usePlaintext()
                .directExecutor()
                .disableRetry()
                .maxInboundMetadataSize(ANSWER_HEADERS)
                .build();
    }

    /** Returns whether a good call gets the expected answer and the readiness probe succeeds. */
    private boolean serves(ManagedChannel channel, Ready ready) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest readyz = HttpRequest.newBuilder(URI.create("http://" + ready.http() + "/readyz"))
                    .timeout(Duration.ofSeconds(TIMEOUT_SECONDS))
                    .build();
            boolean isReady = http.send(readyz, BodyHandlers.discarding()).statusCode() == 200;
            return isReady && coordinator.isAlive() && knowsThatItDoesNotKnow(channel);
        }
    }

    private static boolean knowsThatItDoesNotKnow(ManagedChannel channel) {
        try {
            var _ = TransactionServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .getTransaction(
                            GetTransactionRequest.newBuilder().setGid("nowhere").build());
            return false;
        } catch (StatusRuntimeException answered) {
            return answered.getStatus().getCode() == Status.Code.NOT_FOUND;
        }
    }
}
