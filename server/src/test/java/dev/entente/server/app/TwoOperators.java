package dev.entente.server.app;

import dev.entente.server.cli.Cli;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.Operation;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.OperatorServiceGrpc.OperatorServiceBlockingStub;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc.TransactionServiceBlockingStub;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;

/** Two coordinators on one database. Each has a token file of its own, with an operator and a submitter. */
final class TwoOperators implements AutoCloseable {
    final DatabaseSettings database = TestDatabase.withSchema();
    private final Path folder;
    /** By node and principal. */
    private final Map<String, String> secrets = new HashMap<>();

    private final ExampleParticipant participant = ExampleParticipant.start();
    private final List<Server> servers = new ArrayList<>();
    private final List<ManagedChannel> channels = new ArrayList<>();

    TwoOperators(Path folder) throws IOException {
        this.folder = folder;
        start("a");
        start("b");
    }

    private Path tokens(String node) {
        Path file = folder.resolve("tokens-" + node);
        Map<String, String> roles = Map.of("shop", "submitter", "alice", "operator");
        roles.forEach((name, role) -> secrets.put(
                node + name,
                Cli.run("token", "create", name, "--role", role, "--file", file.toString(), "-o", "json")
                        .json()
                        .get("token")
                        .getAsString()));
        return file;
    }

    private void start(String node) {
        Map<String, String> settings = LocalServer.settings(database, node);
        settings.put("database.migrate", "true");
        settings.put("drain", "100ms");
        settings.put("auth.tokenFile", tokens(node).toString());
        settings.put("calls.timeout", "3s");
        settings.put("calls.forwardAttempts", "1000");
        settings.put("participants.any.target", participant.target());
        Server server = LocalServer.start(settings);
        servers.add(server);
        channels.add(NettyChannelBuilder.forTarget(server.ready().grpc())
                .usePlaintext()
                .build());
    }

    private <S extends AbstractStub<S>> S as(String principal, int node, S stub) {
        Metadata headers = new Metadata();
        headers.put(
                Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
                "Bearer " + Objects.requireNonNull(secrets.get((node == 0 ? "a" : "b") + principal)));
        return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    OperatorServiceBlockingStub operator(String principal) {
        return operator(principal, 0);
    }

    /** @param node 0 for the first coordinator, 1 for the other */
    OperatorServiceBlockingStub operator(String principal, int node) {
        return as(principal, node, OperatorServiceGrpc.newBlockingStub(channels.get(node)));
    }

    private TransactionServiceBlockingStub shop() {
        return as("shop", 0, TransactionServiceGrpc.newBlockingStub(channels.getFirst()));
    }

    Transaction get(String gid) {
        return shop().getTransaction(
                        GetTransactionRequest.newBuilder().setGid(gid).build());
    }

    /** Submits a saga to the first coordinator, and waits until it stands parked. */
    void parked(String gid) {
        submit(gid, "Nothing");
        await(gid, Transaction::hasParked);
    }

    /** Submits one whose only call is never answered: the first coordinator holds it. */
    void held(String gid) {
        submit(gid, "Hang");
    }

    private void submit(String gid, String method) {
        var _ = shop().submitTransaction(SubmitTransactionRequest.newBuilder()
                .setPlan(Plan.newBuilder()
                        .setGid(gid)
                        .setName("two")
                        .setSaga(Saga.newBuilder()
                                .addSteps(SagaStep.newBuilder()
                                        .setId("only")
                                        .setAction(Operation.newBuilder().setGrpc("any/example.v1.Example/" + method))
                                        .setNoUndo(true))))
                .build());
    }

    private void await(String gid, Predicate<Transaction> holds) {
        Awaitility.await().until(() -> holds.test(get(gid)));
    }

    /** Returns what is said with the code. */
    static String refused(ThrowingCallable call, String code) {
        Throwable thrown = Assertions.catchThrowable(call);
        Assertions.assertThat(thrown).isInstanceOf(StatusRuntimeException.class).hasMessageContaining(code);
        return String.valueOf(thrown.getMessage());
    }

    long number(String sql) {
        try (Connection connection =
                        DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
        servers.forEach(Server::drain);
        participant.close();
    }
}
