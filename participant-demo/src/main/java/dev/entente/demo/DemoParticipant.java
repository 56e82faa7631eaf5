package dev.entente.demo;

import dev.entente.participant.Barrier;
import dev.entente.participant.wiring.ParticipantWiring;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** One participant: some services of the shop on one port of the loopback interface, with reflection and health. */
public final class DemoParticipant implements AutoCloseable {
    private static final long STOP_SECONDS = 5;

    private final Server server;
    private final List<ServiceDatabase> databases;

    private DemoParticipant(Server server, List<ServiceDatabase> databases) {
        this.server = server;
        this.databases = databases;
    }

    /**
     * Opens the databases and starts to serve. Blocks.
     *
     * @param port 0 for any free port
     * @param isFaulty true to answer OK and do nothing, for demonstrations that must fail
     */
    public static DemoParticipant start(List<ShopService> services, int port, String serverUrl, boolean isFaulty)
            throws SQLException, IOException {
        // one virtual thread per call, because each call blocks on JDBC
        Executor threads = Executors.newVirtualThreadPerTaskExecutor();
        ParticipantWiring wiring = ParticipantWiring.of(threads);
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .addService(new HealthStatusManager().getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance())
                .addService(alphaReflection());
        List<ServiceDatabase> databases = new ArrayList<>();
        for (ShopService service : services) {
            ServiceDatabase database = ServiceDatabase.open(serverUrl, service);
            databases.add(database);
            service.serve(new Work(database.dataSource(), isFaulty)).forEach(wiring::service);
            wiring.barrier(Barrier.postgres(), database.dataSource());
            if (service == ShopService.ORDER) {
                // orders begin messages, so this service must answer for the outcome of their local transactions
                wiring.checkBack(Barrier.postgres(), database.dataSource());
            }
        }
        try {
            return new DemoParticipant(wiring.on(builder).build().start(), databases);
        } catch (IOException taken) {
            databases.forEach(ServiceDatabase::close);
            throw taken;
        }
    }

    /** Returns the older reflection protocol, which many installed versions of grpcurl still try first. */
    @SuppressWarnings("deprecation")
    private static ServerServiceDefinition alphaReflection() {
        return ProtoReflectionService.newInstance().bindService();
    }

    /** Returns the port on which the server listens. */
    public int port() {
        return server.getPort();
    }

    /** Waits until the participant is closed. */
    void awaitTermination() throws InterruptedException {
        server.awaitTermination();
    }

    /** Waits up to five seconds for calls in flight, then closes the databases. Blocks. */
    @Override
    public void close() {
        server.shutdown();
        try {
            if (!server.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                server.shutdownNow();
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        databases.forEach(ServiceDatabase::close);
    }
}
