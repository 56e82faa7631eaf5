package dev.entente.faults;

import dev.entente.client.EntenteException;
import dev.entente.client.TransactionRefused;
import dev.entente.faults.check.Book;
import dev.entente.faults.check.Dossier;
import dev.entente.faults.check.Evidence;
import dev.entente.faults.check.LedgerCall;
import dev.entente.faults.check.LedgerEffect;
import dev.entente.faults.check.Shape;
import dev.entente.faults.check.Standing;
import dev.entente.faults.load.Fleet;
import dev.entente.faults.load.Job;
import dev.entente.faults.load.Load;
import dev.entente.faults.load.Witness;
import dev.entente.faults.machine.Ledger;
import dev.entente.faults.machine.Link;
import dev.entente.faults.machine.Node;
import dev.entente.faults.machine.Room;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Transaction;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Collects the evidence when everything is quiet: asks about each transaction once more, and reads the ledgers. */
final class Inquiry {
    private static final int AT_ONCE = 24;
    private static final int TRIES = 20;
    private static final Duration PAUSE = Duration.ofMillis(200);
    /** Longer than any deadline of the load: a transaction whose client never heard of it ends by that. */
    private static final Duration LONGEST_LIFE = Duration.ofSeconds(40);

    private final Room room;
    private final Fleet fleet;

    Inquiry(Room room, Fleet fleet) {
        this.room = room;
        this.fleet = fleet;
    }

    /** Blocks. */
    Evidence collect(Load load) throws Exception {
        List<Shape> shapes = load.jobs().stream().map(Job::shape).toList();
        List<Dossier> dossiers = dossiers(shapes);
        List<LedgerCall> calls = new ArrayList<>();
        List<LedgerEffect> effects = new ArrayList<>();
        List<Book> books = new ArrayList<>();
        Map<String, String> callers = callers();
        for (Ledger ledger : room.ledgers()) {
            calls.addAll(calls(ledger, callers));
            effects.addAll(effects(ledger));
            books.add(book(ledger));
        }
        return new Evidence(shapes, load.witness().told(), calls, effects, dossiers, books);
    }

    // ---- coordinators

    private List<Dossier> dossiers(List<Shape> shapes) throws Exception {
        List<Future<Dossier>> asked = new ArrayList<>();
        List<Dossier> dossiers = new ArrayList<>();
        long endNanos = System.nanoTime() + LONGEST_LIFE.toNanos();
        try (ExecutorService asking = Executors.newFixedThreadPool(AT_ONCE)) {
            shapes.forEach(shape -> asked.add(asking.submit(() -> dossier(shape.gid(), endNanos))));
            for (Future<Dossier> one : asked) {
                dossiers.add(one.get());
            }
        }
        return dossiers;
    }

    /** Once it has ended, or stands parked, or should have by now. */
    private Dossier dossier(String gid, long endNanos) throws InterruptedException {
        Dossier dossier = dossier(gid);
        while (dossier.standing() == Standing.OPEN && System.nanoTime() < endNanos) {
            Thread.sleep(PAUSE);
            dossier = dossier(gid);
        }
        return dossier;
    }

    private Dossier dossier(String gid) {
        for (int i = 0; ; i++) {
            try {
                return dossier(fleet.get(i).transactions().describe(gid));
            } catch (TransactionRefused refused) {
                return refused.code().equals("ENT-030") ? Dossier.unknown(gid) : unread(gid, refused);
            } catch (EntenteException unanswered) {
                if (i == TRIES) {
                    return unread(gid, unanswered);
                }
            }
        }
    }

    /** Nobody can tell that it has ended: the judge says so, and why. */
    private static Dossier unread(String gid, EntenteException answer) {
        return new Dossier(gid, Standing.OPEN, answer.code(), "", false, Map.of(), List.of());
    }

    private static Dossier dossier(Transaction transaction) {
        Map<String, String> branches = new HashMap<>();
        for (BranchStatus branch : transaction.getBranchesList()) {
            branches.put(branch.getId(), branch.getState().name());
        }
        return new Dossier(
                transaction.getGid(),
                Witness.standing(transaction),
                transaction.getState().name(),
                transaction.hasParked() ? transaction.getParked().getReason().name() : "",
                transaction.getForced(),
                branches,
                transaction.getHistoryList().stream().map(Inquiry::entry).toList());
    }

    private static Dossier.Entry entry(HistoryEvent event) {
        return new Dossier.Entry(
                event.getRevision(),
                event.getTime().getSeconds() * 1000 + event.getTime().getNanos() / 1_000_000,
                event.getKind(),
                event.getBranch(),
                event.getOp(),
                event.getAttempt(),
                event.getOutcome().name(),
                event.getStateAfter().name());
    }

    // ---- participants

    /** Which coordinator dials which address; whoever else calls has no name. */
    private Map<String, String> callers() {
        Map<String, String> callers = new HashMap<>();
        for (Node node : room.nodes()) {
            for (Link link : node.lines().ledgers().values()) {
                callers.put(link.address(), node.name());
            }
        }
        return callers;
    }

    private static List<LedgerCall> calls(Ledger ledger, Map<String, String> callers) throws IOException {
        List<LedgerCall> calls = new ArrayList<>();
        ledger.forEachCall(line -> calls.add(new LedgerCall(
                ledger.name(),
                line.get("at").getAsLong(),
                line.get("gid").getAsString(),
                line.get("branch").getAsString(),
                line.get("op").getAsString(),
                line.get("attempt").getAsInt(),
                line.get("fence").getAsLong(),
                callers.getOrDefault(line.get("caller").getAsString(), ""),
                false,
                line.get("receipt").getAsString())));
        return calls;
    }

    private static List<LedgerEffect> effects(Ledger ledger) throws SQLException {
        String sql = """
            select number, (extract(epoch from at) * 1000)::bigint, gid, branch, op, attempt, fence, cents, receipt
            from effect order by number\
            """;
        List<LedgerEffect> effects = new ArrayList<>();
        try (Connection connection = ledger.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                effects.add(new LedgerEffect(
                        ledger.name(),
                        row.getLong(1),
                        row.getLong(2),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5),
                        row.getInt(6),
                        row.getLong(7),
                        row.getLong(8),
                        row.getString(9)));
            }
        }
        return effects;
    }

    private static Book book(Ledger ledger) throws SQLException {
        long accounts = number(ledger, "select sum(cents) from account");
        long settled = number(ledger, "select coalesce(sum(cents), 0) from settled_entry");
        long setAside = number(ledger, "select coalesce(sum(abs(cents)), 0) from set_aside");
        List<String> standing = new ArrayList<>();
        try (Connection connection = ledger.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "select split_part(gid, '/', 2) from pg_prepared_xacts where database = current_database()")) {
            while (row.next()) {
                standing.add(row.getString(1));
            }
        }
        return new Book(ledger.name(), Ledger.ACCOUNTS * Ledger.OPENING_CENTS, accounts + settled, setAside, standing);
    }

    private static long number(Ledger ledger, String sql) throws SQLException {
        try (Connection connection = ledger.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
