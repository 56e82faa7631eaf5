package dev.entente.faults.fuzz;

import dev.entente.rig.Playground;
import dev.entente.rig.Ready;
import dev.entente.rig.RigCoordinator;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Sends bad input to one coordinator for some time, then asks what became of it. For one thread. */
final class FuzzRun {
    private static final int CHANNELS = 4;
    private static final int PATIENCE_SECONDS = 20;
    /** An answer may list a hundred findings. */
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
        try (Memory memory = Memory.of(ready.pid())) {
            List<Rpc> rpcs = Rpcs.of(channels.getFirst());
            long began = System.nanoTime();
            fire(new Inputs(rpcs, new Monsters(), new Random(seed)), channels, most, began + length.toNanos());
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
            boolean serves = serves(channels.getFirst(), ready);
            return report(seed, seconds, rpcs.size(), before, memory.most(), serves);
        } finally {
            channels.forEach(ManagedChannel::shutdownNow);
        }
    }

    private FuzzReport report(long seed, long seconds, int rpcs, RowCounts before, long most, boolean serves)
            throws SQLException {
        return new FuzzReport(
                seed,
                seconds,
                rpcs,
                tally.counts(),
                RowCounts.of(playground.database()).since(before),
                most,
                serves);
    }

    private void fire(Inputs inputs, List<ManagedChannel> channels, int most, long endNanos)
            throws InterruptedException {
        Ready ready = coordinator.ready();
        Shots shots = new Shots(channels, tally);
        try (Sockets sockets = new Sockets(address(ready.grpc()), address(ready.http()), tally)) {
            sockets.startSlow();
            for (int sent = 0; sent < most && System.nanoTime() < endNanos; sent++) {
                Kind kind = inputs.nextKind();
                if (kind == Kind.GARBAGE_ON_GRPC || kind == Kind.GARBAGE_ON_HTTP) {
                    sockets.send(kind, inputs.garbage(kind));
                } else {
                    shots.fire(inputs.call(kind));
                }
            }
            shots.settle();
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

    private static InetSocketAddress address(String hostAndPort) {
        URI uri = URI.create("any://" + hostAndPort);
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), uri.getPort());
    }

    /** A good call is answered as it should be, and health says yes. */
    private boolean serves(ManagedChannel channel, Ready ready) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest readyz = HttpRequest.newBuilder(URI.create("http://" + ready.http() + "/readyz"))
                    .timeout(Duration.ofSeconds(PATIENCE_SECONDS))
                    .build();
            boolean isReady = http.send(readyz, BodyHandlers.discarding()).statusCode() == 200;
            return isReady && coordinator.isAlive() && knowsThatItDoesNotKnow(channel);
        }
    }

    private static boolean knowsThatItDoesNotKnow(ManagedChannel channel) {
        try {
            var _ = TransactionServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .getTransaction(
                            GetTransactionRequest.newBuilder().setGid("nowhere").build());
            return false;
        } catch (StatusRuntimeException answered) {
            return answered.getStatus().getCode() == Status.Code.NOT_FOUND;
        }
    }
}
