package dev.entente.torture;

import com.google.gson.Gson;
import com.google.protobuf.Timestamp;
import dev.entente.client.EntenteException;
import dev.entente.client.TransactionRefused;
import dev.entente.rig.SqlDatabase;
import dev.entente.torture.check.Evidence;
import dev.entente.torture.check.LedgerAnswer;
import dev.entente.torture.check.LedgerCall;
import dev.entente.torture.check.LedgerEffect;
import dev.entente.torture.check.LedgerTotals;
import dev.entente.torture.check.ReportedState;
import dev.entente.torture.check.Shape;
import dev.entente.torture.check.TransactionReport;
import dev.entente.torture.load.ClientRecorder;
import dev.entente.torture.load.Fleet;
import dev.entente.torture.load.Job;
import dev.entente.torture.load.Load;
import dev.entente.torture.machine.CoordinatorNode;
import dev.entente.torture.machine.Ledger;
import dev.entente.torture.machine.Link;
import dev.entente.torture.machine.TortureRig;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Transaction;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** A collector of the evidence after a run: queries each transaction once more, and reads the ledgers. */
final class EvidenceCollector {
    private static final int AT_ONCE = 24;
    private static final int TRIES = 5;
    private static final Duration PAUSE = Duration.ofMillis(200);
    /**
     * Longer than any deadline of the load: a deadline finishes a transaction whose client never learned of it. On an
     * overloaded machine this takes longer, but the transaction changes, so the time counts from its last change.
     */
    private static final Duration STANDSTILL = Duration.ofSeconds(60);

    private static final Duration LONGEST_LIFETIME = Duration.ofMinutes(8);

    private static final Gson GSON = new Gson();

    private final TortureRig rig;
    private final Fleet fleet;

    /** @param fleet with long timeouts, because an overloaded machine answers slowly */
    EvidenceCollector(TortureRig rig, Fleet fleet) {
        this.rig = rig;
        this.fleet = fleet;
    }

    /** Collects the evidence. Blocks. */
    Evidence collect(Load load) throws Exception {
        List<Shape> shapes = load.jobs().stream().flatMap(Job::shapes).toList();
        List<TransactionReport> before = txReports(shapes);
        List<LedgerCall> calls = new ArrayList<>();
        List<LedgerAnswer> answers = new ArrayList<>();
        List<LedgerEffect> effects = new ArrayList<>();
        List<LedgerTotals> books = new ArrayList<>();
        Map<String, String> callers = callers();
        for (Ledger ledger : rig.ledgers()) {
            ledger.forEachCall(line -> {
                line.addProperty("ledger", ledger.name());
                if (line.has("answer")) {
                    answers.add(GSON.fromJson(line, LedgerAnswer.class));
                } else {
                    line.addProperty(
                            "caller", callers.getOrDefault(line.get("caller").getAsString(), ""));
                    calls.add(GSON.fromJson(line, LedgerCall.class));
                }
            });
            effects.addAll(effects(ledger));
            books.add(book(ledger));
        }
        return new Evidence(shapes, load.recorder().reported(), calls, answers, effects, unlessMoved(before), books);
    }

    /**
     * Marks the records of transactions that changed while the ledgers were read: these records are incomplete. A
     * finished transaction cannot change.
     */
    private List<TransactionReport> unlessMoved(List<TransactionReport> before) throws Exception {
        Map<String, TransactionReport> again = new HashMap<>();
        List<String> open = before.stream()
                .filter(txReport -> !txReport.standing().isEnd())
                .map(TransactionReport::gid)
                .toList();
        asked(open, this::txReport).forEach(txReport -> again.put(txReport.gid(), txReport));
        return before.stream()
                .map(txReport -> hasMoved(txReport, again.get(txReport.gid()))
                        ? TransactionReport.unread(txReport.gid())
                        : txReport)
                .toList();
    }

    private static boolean hasMoved(TransactionReport txReport, @Nullable TransactionReport again) {
        return again != null && !again.history().equals(txReport.history());
    }

    // ---- coordinators

    private List<TransactionReport> txReports(List<Shape> shapes) throws Exception {
        long endNanos = System.nanoTime() + LONGEST_LIFETIME.toNanos();
        return asked(shapes.stream().map(Shape::gid).toList(), gid -> atRest(gid, endNanos));
    }

    /** A query of one transaction. */
    private interface Question {
        TransactionReport ask(String gid) throws InterruptedException;
    }

    private static List<TransactionReport> asked(List<String> gids, Question question) throws Exception {
        List<Future<TransactionReport>> asked = new ArrayList<>();
        List<TransactionReport> txReports = new ArrayList<>();
        try (ExecutorService asking = Executors.newFixedThreadPool(AT_ONCE)) {
            gids.forEach(gid -> asked.add(asking.submit(() -> question.ask(gid))));
            for (Future<TransactionReport> one : asked) {
                txReports.add(one.get());
            }
        }
        return txReports;
    }

    /** Returns the report when the transaction has finished, is parked, or has not changed for a long time. */
    private TransactionReport atRest(String gid, long endNanos) throws InterruptedException {
        TransactionReport txReport = txReport(gid);
        long movedNanos = System.nanoTime();
        while (mayMove(txReport)
                && System.nanoTime() - movedNanos < STANDSTILL.toNanos()
                && System.nanoTime() < endNanos) {
            Thread.sleep(PAUSE);
            TransactionReport next = txReport(gid);
            movedNanos = hasMoved(txReport, next) ? System.nanoTime() : movedNanos;
            txReport = next;
        }
        return txReport;
    }

    private static boolean mayMove(TransactionReport txReport) {
        return txReport.standing() == ReportedState.OPEN || txReport.standing() == ReportedState.UNREAD;
    }

    private TransactionReport txReport(String gid) {
        for (int i = 0; ; i++) {
            try {
                return txReport(fleet.get(i).transactions().describe(gid));
            } catch (TransactionRefused refused) {
                return refused.code().equals("ENT-030")
                        ? TransactionReport.unknown(gid)
                        : TransactionReport.unread(gid);
            } catch (EntenteException unanswered) {
                if (i == TRIES) {
                    return TransactionReport.unread(gid);
                }
            }
        }
    }

    private static TransactionReport txReport(Transaction transaction) {
        Map<String, String> branches = new HashMap<>();
        for (BranchStatus branch : transaction.getBranchesList()) {
            branches.put(branch.getId(), branch.getState().name());
        }
        return new TransactionReport(
                transaction.getGid(),
                millis(transaction.getCreateTime()),
                ClientRecorder.standing(transaction),
                transaction.getState().name(),
                transaction.hasParked() ? transaction.getParked().getReason().name() : "",
                transaction.getForced(),
                branches,
                transaction.getHistoryList().stream()
                        .map(EvidenceCollector::entry)
                        .toList());
    }

    private static TransactionReport.Entry entry(HistoryEvent event) {
        return new TransactionReport.Entry(
                event.getRevision(),
                millis(event.getTime()),
                event.getKind(),
                event.getBranch(),
                event.getOp(),
                event.getAttempt(),
                event.getOutcome().name(),
                event.getStateAfter().name(),
                event.getDetail(),
                !event.getActor().isEmpty(),
                event.getChildLeftOut());
    }

    private static long millis(Timestamp time) {
        return time.getSeconds() * 1000 + time.getNanos() / 1_000_000;
    }

    // ---- participants

    /** Returns the name of each coordinator by the addresses that it dials. Other callers have no name. */
    private Map<String, String> callers() {
        Map<String, String> callers = new HashMap<>();
        for (CoordinatorNode node : rig.nodes()) {
            for (Link link : node.lines().ledgers().values()) {
                callers.put(link.address(), node.name());
            }
        }
        return callers;
    }

    private static List<LedgerEffect> effects(Ledger ledger) throws SQLException {
        String sql = """
            select number, (extract(epoch from at) * 1000)::bigint, gid, branch, op, attempt, fence, cents, receipt
            from effect order by number\
            """;
        return ledger.database()
                .rows(
                        row -> new LedgerEffect(
                                ledger.name(),
                                row.getLong(1),
                                row.getLong(2),
                                row.getString(3),
                                row.getString(4),
                                row.getString(5),
                                row.getInt(6),
                                row.getLong(7),
                                row.getLong(8),
                                row.getString(9)),
                        sql);
    }

    private static LedgerTotals book(Ledger ledger) throws SQLException {
        SqlDatabase database = ledger.database();
        long accounts = database.number("select sum(cents) from account");
        long settled = database.number("select coalesce(sum(cents), 0) from settled_entry");
        long setAside = database.number("select coalesce(sum(abs(cents)), 0) from set_aside");
        List<String> standing = database.texts(
                "select split_part(gid, '/', 2) from pg_prepared_xacts where database = current_database()");
        return new LedgerTotals(
                ledger.name(), Ledger.ACCOUNTS * Ledger.OPENING_CENTS, accounts + settled, setAside, standing);
    }
}
