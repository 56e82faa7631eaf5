package dev.entente.lab.demo;

import dev.entente.lab.judge.Invariant;
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.Playground;
import dev.entente.rig.Receiver;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** The invariants of a run's notifications, by the coordinator's database and the receiver's. Blocks. */
final class Notified {
    private static final int SUCCEEDED = 6;
    private static final int GIVEN_UP = 8;

    private final EmbeddedDatabase database;
    private final Receiver receiver;
    private final String gids;

    /** @param gids how those of the notifications start */
    Notified(Stage stage, String gids) {
        this.database = stage.playground().database();
        this.receiver = stage.receiver();
        this.gids = gids;
    }

    List<Invariant> all() throws SQLException {
        return List.of(genuine(), acknowledged(), givenUp());
    }

    private Invariant genuine() throws SQLException {
        long all = receiver.number("select count(*) from request");
        long others = receiver.number("select count(*) from request where not genuine");
        return invariant("every request that came was signed for its time, its key and its body", others, all);
    }

    private Invariant acknowledged() throws SQLException {
        String[] gidsOf = ended(SUCCEEDED);
        long acted = receiver.number("select count(*) from acted where gid = any (?)", (Object) gidsOf);
        return invariant(
                "what SUCCEEDED the receiver has acted on, and for each key once",
                gidsOf.length - acted,
                gidsOf.length);
    }

    private Invariant givenUp() throws SQLException {
        String[] gidsOf = ended(GIVEN_UP);
        long acted = receiver.number("select count(*) from acted where gid = any (?)", (Object) gidsOf);
        long asked = receiver.number("""
            select count(*) from unnest(?) u (gid) where (select count(*) from request r where r.gid = u.gid) < 2\
            """, (Object) gidsOf);
        return new Invariant(
                "what was GIVEN_UP was asked more than once, and the receiver has acted on none of it",
                acted + asked == 0,
                Math.max(1, gidsOf.length),
                acted + " acted on, " + asked + " asked once");
    }

    private static Invariant invariant(String name, long wrong, long checked) {
        return new Invariant(name, wrong == 0, checked, wrong == 0 ? "" : wrong + " are otherwise");
    }

    /** Notifications, also those that are steps of sagas. */
    private String[] ended(int state) throws SQLException {
        String sql = """
            select array_agg(gid) from finished_transaction where starts_with(gid, ?) and pattern = 5 and state = ?\
            """;
        try (Connection connection = database.connect(Playground.COORDINATOR_DATABASE);
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, gids);
            statement.setInt(2, state);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getArray(1) == null
                        ? new String[0]
                        : (String[]) rows.getArray(1).getArray();
            }
        }
    }
}
