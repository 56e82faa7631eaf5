package dev.entente.faults.siege;

import com.google.protobuf.Duration;
import dev.entente.backends.LoopbackPorts;
import dev.entente.client.Entente;
import dev.entente.faults.siege.attack.Book;
import dev.entente.faults.siege.attack.Front;
import dev.entente.rig.BearerToken;
import dev.entente.rig.Playground;
import dev.entente.rig.Ready;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.ServerJar;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A coordinator with tokens as a process of its own, and a participant that believes signed calls alone. */
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
    private final Book book;
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
        book = room.keep(new Book(KEY));
        int hostile = LoopbackPorts.next();
        int hostileWeb = LoopbackPorts.next();
        Map<String, String> targets = Map.of(
                "book",
                "127.0.0.1:" + book.port(),
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
        front = new Front(coordinator.ready().grpcPort(), mallory, VICTIM, book.port(), hostile, hostileWeb);
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
                .setGrpc("book/" + Book.ENTER.getFullMethodName())
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

    /** A client of good intent. The caller closes it. */
    Entente client() {
        return Entente.builder(ready().grpc()).bearerToken(shop).build();
    }

    /** The lives of coordinators, and whether they are over: another answer is a lease that was lost. */
    Set<String> lives() throws SQLException {
        return Set.copyOf(room.database()
                .ask(Playground.COORDINATOR_DATABASE)
                .texts("select incarnation || ' ' || (dead_at is null) from coordinator"));
    }

    /** Returns the participant that believes signed calls alone. */
    Book book() {
        return book;
    }

    @Override
    public void close() {
        coordinator.close();
        room.close();
    }
}
