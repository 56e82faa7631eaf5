package dev.entente.stories.miswiring;

import dev.entente.participant.Barrier;
import dev.entente.participant.wiring.ParticipantWiring;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.SqlDatabase;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/** Servers in this process with different wirings, and their databases. Not thread-safe. */
final class MiswiredParticipants implements AutoCloseable {
    static final String BANK = "bank";
    /** A barrier table of an older version, which stores neither children nor rejections. */
    private static final String OLD_BARRIER = """
        create table entente_barrier (gid text, branch text, op text, verdict text, fence bigint, response bytea,
          primary key (gid, branch, op))
        """;

    final ExecutorService threads = Executors.newCachedThreadPool();
    final LostAnswers answers = new LostAnswers();
    final Barrier barrier = Barrier.postgres();
    private final Map<String, Server> servers = new LinkedHashMap<>();
    private final EmbeddedDatabase database;

    MiswiredParticipants(EmbeddedDatabase database) throws SQLException {
        this.database = database;
        create(BANK, "create table debit (gid text not null)");
        barrier.createTable(dataSource(BANK));
        create("bank_without_barrier", "create table debit (gid text not null)");
        create("bank_old", "create table debit (gid text not null); " + OLD_BARRIER);
        create("bank_of_two", "create schema one; create schema two; create table debit (gid text not null)");
        barrier.createTable(inSchema("one"));
        barrier.createTable(inSchema("two"));
    }

    private void create(String name, String statements) throws SQLException {
        database.create(name);
        database.ask(name).change(statements);
    }

    DataSource dataSource(String name) {
        return database.ask(name).dataSource();
    }

    /** Returns the database in which each of two instances has its own schema with a barrier. */
    DataSource inSchema(String schema) {
        return new SqlDatabase(database.url("bank_of_two") + "&currentSchema=" + schema + ",public").dataSource();
    }

    /** Wires a participant correctly. */
    void wire(String name, MiswiredCharge.Handler handler) throws IOException {
        ParticipantWiring wiring = ParticipantWiring.of(threads)
                .service(new MiswiredCharge(handler))
                .intercept(answers);
        serve(name, wiring::on);
    }

    /** Wires a participant with a custom wiring. */
    void serve(String name, UnaryOperator<NettyServerBuilder> wiring) throws IOException {
        NettyServerBuilder server = NettyServerBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), InsecureServerCredentials.create());
        servers.put(name, wiring.apply(server).build().start());
    }

    Map<String, String> targets() {
        Map<String, String> targets = new TreeMap<>();
        servers.forEach((name, server) ->
                targets.put(name, InetAddress.getLoopbackAddress().getHostAddress() + ":" + server.getPort()));
        return targets;
    }

    @Override
    public void close() {
        servers.values().forEach(Server::shutdownNow);
        threads.shutdownNow();
    }
}
