package dev.entente.stories.demo;

import dev.entente.rig.SqlDatabase;
import dev.entente.rig.Supervisor;
import dev.entente.rig.Wait;
import dev.entente.v1.Transaction;
import java.io.PrintStream;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/** Reports each ended process, the transactions that were open at that moment, and their outcomes. Thread-safe. */
final class RestartReport implements Supervisor.Observer {
    /** The report waits this long for final states. */
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private static final Duration PAUSE = Duration.ofMillis(500);

    private static final int SIGNALLED = 128;
    private static final int SHOWN = 5;

    /** Counts the transactions that a coordinator drives within the report's limit. Others wait for a person. */
    private static final String MOVING = """
        select count(*) from open_transaction where gid = any (?) and parked_at is null
          and (owner is not null or due_at < now() + interval '1 minute')
        """;

    private static final String OUTCOMES = """
        select gid, state, true as ended, null as reason from finished_transaction where gid = any (?)
        union all select gid, state, false, parked_reason from open_transaction where gid = any (?) order by gid
        """;

    private final SqlDatabase stored;
    private final PrintStream out;

    /** @param stored the coordinator's database */
    RestartReport(SqlDatabase stored, PrintStream out) {
        this.stored = stored;
        this.out = out;
    }

    @Override
    public LongConsumer ended(String name, long pid, int exit) throws SQLException {
        String[] open = stored.texts("select gid from open_transaction").toArray(String[]::new);
        String how = exit > SIGNALLED ? "by signal " + (exit - SIGNALLED) : "with exit code " + exit;
        out.printf(
                "%n! %s (pid %d) ended %s; open transactions at that moment: %d. It is started again.%n",
                name, pid, how, open.length);
        return newPid -> {
            out.printf("! %s runs again (pid %d).%n", name, newPid);
            if (open.length > 0) {
                report(name, newPid, open);
            }
        };
    }

    private void report(String name, long pid, String[] gids) {
        try {
            Wait.until(LIMIT, PAUSE, () -> stored.number(MOVING, (Object) gids) == 0);
            Map<String, List<String>> gidsByOutcome = new TreeMap<>();
            for (String[] each : stored.rows(RestartReport::outcome, OUTCOMES, gids, gids)) {
                gidsByOutcome.computeIfAbsent(each[0], _ -> new ArrayList<>()).add(each[1]);
            }
            StringBuilder lines = new StringBuilder();
            gidsByOutcome.forEach((outcome, those) -> lines.append("    %d %s (%s%s)%n"
                    .formatted(
                            those.size(),
                            outcome,
                            String.join(", ", those.subList(0, Math.min(SHOWN, those.size()))),
                            those.size() > SHOWN ? ", ..." : "")));
            out.printf("! Open when %s ended, now with pid %d:%n%s", name, pid, lines);
        } catch (SQLException | InterruptedException ending) {
            out.println("! No report: " + ending.getMessage());
        }
    }

    /** Returns the outcome and the gid. */
    private static String[] outcome(ResultSet row) throws SQLException {
        String state = Transaction.State.forNumber(row.getInt("state")).name();
        String parked = row.getString("reason");
        String open = parked == null ? "still " + state : state + ", parked: " + parked;
        return new String[] {row.getBoolean("ended") ? state : open, row.getString("gid")};
    }
}
