package dev.entente.stories.judge;

import dev.entente.demo.ShopService;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.SqlDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The participants' databases, for checks by SQL and for the data that a scenario needs. Blocks. Thread-safe. */
public record Databases(EmbeddedDatabase server) {
    private static final String LEDGER =
            "select gid, branch, op, method from ledger where starts_with(gid, ?) order by id";

    /** Returns the database of one service. */
    public SqlDatabase of(ShopService service) {
        return server.ask(service.databaseName());
    }

    public long number(ShopService service, String sql, Object... arguments) throws SQLException {
        return of(service).number(sql, arguments);
    }

    public List<String> texts(ShopService service, String sql, Object... arguments) throws SQLException {
        return of(service).texts(sql, arguments);
    }

    public void change(ShopService service, String sql, Object... arguments) throws SQLException {
        of(service).change(sql, arguments);
    }

    /** Returns whether the service has a database: not every run needs every service. */
    public boolean exists(ShopService service) throws SQLException {
        return server.ask("postgres")
                        .number("select count(*) from pg_database where datname = ?", service.databaseName())
                == 1;
    }

    /** Returns the effects of all services for transactions with this gid prefix, ordered within each service. */
    public List<ParticipantEffect> effects(String gidPrefix) throws SQLException {
        List<ParticipantEffect> effects = new ArrayList<>();
        for (ShopService service : ShopService.values()) {
            if (exists(service)) {
                effects.addAll(of(service)
                        .rows(
                                row -> new ParticipantEffect(
                                        service,
                                        row.getString(1),
                                        row.getString(2),
                                        row.getString(3),
                                        row.getString(4)),
                                LEDGER,
                                gidPrefix));
            }
        }
        return effects;
    }

    /** Returns the methods that took effect for one transaction, sorted. A method occurs once per effect. */
    public List<String> methods(String gid) throws SQLException {
        return effects(gid).stream()
                .filter(effect -> effect.gid().equals(gid))
                .map(ParticipantEffect::method)
                .sorted()
                .toList();
    }
}
