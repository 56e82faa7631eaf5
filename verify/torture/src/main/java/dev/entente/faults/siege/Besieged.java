package dev.entente.faults.siege;

import com.google.protobuf.Duration;
import com.google.protobuf.Int64Value;
import com.google.protobuf.StringValue;
import dev.entente.backends.LoopbackPorts;
import dev.entente.client.Entente;
import dev.entente.faults.siege.attack.BookMethods;
import dev.entente.faults.siege.attack.Front;
import dev.entente.rig.BearerToken;
import dev.entente.rig.Playground;
import dev.entente.rig.Ready;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.ServerJar;
import dev.entente.rig.Worker;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A coordinator with tokens, and a participant that believes signed calls alone, each a process of its own. */
final class Besieged implements AutoCloseable {
    private static final String KEY = "a key that coordinator and participant have been told";
    private static final String VICTIM = "victim-order";
    private static final String NODE = "besieged";
    private static final int HOUR_SECONDS = 3600;
    /** All memory at once: what grows then is what an attack has made grow. */
    private static final Map<String, String> WHOLE_HEAP =
            Map.of("JAVA_TOOL_OPTIONS", "-Xms512m -XX:+AlwaysPreTouch -XX:MaxDirectMemorySize=256m");

    private final Playground room;
    private final RigCoordinator coordinator;
    private final String shop;
    private final Front front;

    /** Starts all of it. Blocks for some seconds. */
    static Besieged start() throws Exception {
        Playground room = Playground.open();
        try {
            return new Besieged(room);
        } catch (Exception | Error failed) {
            room.keepFolder();
            room.close();
            throw failed;
        }
    }

    private Besieged(Playground room) throws Exception {
        this.room = room;
        Path tokens = room.folder().resolve("tokens");
        shop = BearerToken.create(tokens, "shop", "submitter");
        String mallory = BearerToken.create(tokens, "mallory", "submitter");
        Worker book = room.startWorker("book", BookMain.class, List.of("--key", KEY));
        int bookPort = Integer.parseInt(book.awaitReady());
        int hostile = LoopbackPorts.next();
        int hostileWeb = LoopbackPorts.next();
        Map<String, String> targets = Map.of(
                "book",
                "127.0.0.1:" + bookPort,
                Front.HOSTILE,
                "127.0.0.1:" + hostile,
                Front.HOSTILE_WEB,
                "http://127.0.0.1:" + hostileWeb);
        Map<String, String> options = new TreeMap<>();
        options.put("auth.tokenFile", tokens.toString());
        options.put("targets.allow", "*:*");
        options.put(
                "participants.book.signingKeyFile",
                Files.writeString(room.folder().resolve("key"), KEY + "\n").toString());
        coordinator = new RigCoordinator(
                room.database(),
                new RigCoordinator.Settings(
                        ServerJar.find(),
                        NODE,
                        Playground.COORDINATOR_DATABASE,
                        0,
                        0,
                        targets,
                        Map.copyOf(options),
                        room.folder()));
        coordinator.start(WHOLE_HEAP);
        begin();
        front = new Front(port(coordinator.ready().grpc()), mallory, VICTIM, bookPort, hostile, hostileWeb);
    }

    private static int port(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    /** The good client's own TCC, whose branch is tried and not decided. */
    private void begin() {
        ManagedChannel channel = NettyChannelBuilder.forTarget(
                        coordinator.ready().grpc())
                .usePlaintext()
                .build();
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + shop);
        TransactionServiceGrpc.TransactionServiceBlockingStub stub = TransactionServiceGrpc.newBlockingStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
        Operation call = Operation.newBuilder()
                .setGrpc("book/" + BookMethods.ENTER.getFullMethodName())
                .build();
        try {
            var _ = stub.beginTransaction(BeginTransactionRequest.newBuilder()
                    .setPlan(Plan.newBuilder()
                            .setGid(VICTIM)
                            .setName("order")
                            .setDeadline(Duration.newBuilder().setSeconds(HOUR_SECONDS))
                            .setTcc(Tcc.getDefaultInstance()))
                    .build());
            var _ = stub.registerBranch(RegisterBranchRequest.newBuilder()
                    .setGid(VICTIM)
                    .setTcc(TccBranch.newBuilder()
                            .setId("debit")
                            .setTry(call)
                            .setConfirm(call)
                            .setCancel(call))
                    .build());
        } finally {
            channel.shutdownNow();
        }
    }

    Front front() {
        return front;
    }

    Path folder() {
        return room.folder();
    }

    void keepFolder() {
        room.keepFolder();
    }

    /** The coordinator that attacks are made on. */
    Ready ready() {
        return coordinator.ready();
    }

    /** Returns the file that its process writes its log to. */
    Path log() {
        return room.folder().resolve(NODE + ".log");
    }

    /** A client of good intent. The caller closes it. */
    Entente client() {
        return Entente.builder(ready().grpc()).bearerToken(shop).build();
    }

    /** The lives of coordinators, and whether they are over: another answer is a lease that was lost. */
    Set<String> lives() throws SQLException {
        Set<String> lives = new TreeSet<>();
        try (Connection connection = room.database().connect(Playground.COORDINATOR_DATABASE);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select incarnation, dead_at is null from coordinator")) {
            while (rows.next()) {
                lives.add(rows.getLong(1) + " " + rows.getBoolean(2));
            }
        }
        return lives;
    }

    /** Counts what the participant has done for gids that begin so. */
    long entered(String beginning) {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", front.participantPort())
                .usePlaintext()
                .build();
        try {
            Int64Value count = ClientCalls.blockingUnaryCall(
                    channel, BookMethods.COUNT, CallOptions.DEFAULT, StringValue.of(beginning));
            return count.getValue();
        } finally {
            channel.shutdownNow();
        }
    }

    @Override
    public void close() {
        coordinator.close();
        room.close();
    }
}
