package dev.entente.bench.peer;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.grpc.Channel;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;

/**
 * The main class of every process beside Entente: {@code participant}, {@code relay PORT STEP_BYTES}, or {@code
 * hand-naive|hand-good PORT STEP_BYTES JDBC_URL}, where PORT is the participant's. The process prints {@code port N}
 * when it serves. It exits at the end of its standard input, and therefore never outlives the bench.
 */
public final class PeerMain {
    /**
     * The connections in a hand-written saga's pool: three times the usual ten, so that PostgreSQL itself can group
     * commits.
     */
    public static final int POOL_SIZE = 32;

    private final TunedGrpc grpc = new TunedGrpc();
    private final String[] args;

    private PeerMain(String[] args) {
        this.args = args;
    }

    /** Runs the role that {@code args} names until standard input ends. */
    public static void main(String[] args) throws IOException, SQLException {
        PeerMain peer = new PeerMain(args);
        Server server = peer.grpc.server(peer.services());
        System.out.println("port " + server.getPort());
        while (System.in.read() >= 0) {
            // The content is ignored; only the end of the input matters.
        }
        Runtime.getRuntime().halt(0);
    }

    private List<ServerServiceDefinition> services() throws SQLException {
        return switch (args[0]) {
            case "participant" -> new PeerParticipant().services();
            case "relay" -> List.of(new PeerRelay(participant(), stepBytes()).service());
            case "hand-naive" -> handWritten(new SagaTable(pool(false), true));
            case "hand-good" -> handWritten(new SagaTable(pool(true), false));
            default -> throw new IllegalArgumentException("unknown role: " + args[0]);
        };
    }

    private List<ServerServiceDefinition> handWritten(SagaTable table) throws SQLException {
        table.create();
        return List.of(new HandWritten(table, participant(), stepBytes()).service());
    }

    private Channel participant() {
        return grpc.channel(Integer.parseInt(args[1]));
    }

    private int stepBytes() {
        return Integer.parseInt(args[2]);
    }

    private HikariDataSource pool(boolean autoCommit) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(args[3]);
        config.setMaximumPoolSize(POOL_SIZE);
        config.setAutoCommit(autoCommit);
        config.setConnectionTimeout(60_000);
        return new HikariDataSource(config);
    }
}
