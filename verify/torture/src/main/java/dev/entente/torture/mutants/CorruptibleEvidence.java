package dev.entente.torture.mutants;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.entente.torture.check.ClientAnswer;
import dev.entente.torture.check.Evidence;
import dev.entente.torture.check.LedgerAnswer;
import dev.entente.torture.check.LedgerCall;
import dev.entente.torture.check.LedgerEffect;
import dev.entente.torture.check.LedgerTotals;
import dev.entente.torture.check.ReportedState;
import dev.entente.torture.check.Shape;
import dev.entente.torture.check.Shape.BranchShape;
import dev.entente.torture.check.Shape.Pattern;
import dev.entente.torture.check.TransactionReport;
import dev.entente.torture.check.TransactionReport.Entry;
import dev.entente.torture.load.RequestedTransaction;
import dev.entente.v1.SagaStep;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Evidence with writable lists. Used by one thread. */
final class CorruptibleEvidence {
    private static final Gson GSON = new Gson();

    final List<ClientAnswer> reported;
    final List<LedgerCall> calls;
    final List<LedgerAnswer> answers;
    final List<LedgerEffect> effects;
    final List<TransactionReport> txReports;
    final List<LedgerTotals> books;
    private final List<Shape> shapes;
    private final List<RequestedTransaction> requests;

    /** One branch of one transaction. */
    record Spot(Shape shape, BranchShape branch) {
        String gid() {
            return shape.gid();
        }

        String name() {
            return branch.name();
        }

        String forward() {
            return shape.pattern().forward();
        }
    }

    /** Two deliveries with one ordering key, each acknowledged, the first before the next one arrived. */
    record Pair(Spot ahead, Spot next) {}

    CorruptibleEvidence(FaultlessEvidence good) {
        Evidence evidence = good.evidence();
        shapes = evidence.shapes();
        requests = good.requests();
        reported = new ArrayList<>(evidence.reported());
        calls = new ArrayList<>(evidence.calls());
        answers = new ArrayList<>(evidence.answers());
        effects = new ArrayList<>(evidence.effects());
        txReports = new ArrayList<>(evidence.txReports());
        books = new ArrayList<>(evidence.books());
    }

    Evidence falsified() {
        return new Evidence(shapes, reported, calls, answers, effects, txReports, books);
    }

    // ---- queries; all throw NoSuchElementException without a match

    Spot spot(Pattern pattern, ReportedState standing, Predicate<Spot> which) {
        return spots(pattern, standing).filter(which).findFirst().orElseThrow();
    }

    private Stream<Spot> spots(Pattern pattern, ReportedState standing) {
        return shapes.stream()
                .filter(shape ->
                        shape.pattern() == pattern && txReport(shape).standing() == standing && isUntouched(shape))
                .flatMap(shape -> shape.branches().stream().map(branch -> new Spot(shape, branch)));
    }

    /** Returns whether no operator and no removed receiver affected the transaction. */
    private boolean isUntouched(Shape shape) {
        return !txReport(shape).isForced()
                && txReport(shape).history().stream()
                        .noneMatch(entry ->
                                entry.kind().equals("DROPPED") || entry.kind().equals("RESOLVED"));
    }

    /** Returns a branch with its work done, in a successful transaction of this pattern. */
    Spot done(Pattern pattern) {
        return spot(pattern, ReportedState.SUCCEEDED, one -> has(one, one.forward()));
    }

    /** Returns a step of a saga that was done and undone. */
    Spot undone() {
        return spot(Pattern.SAGA, ReportedState.ABORTED, one -> has(one, "action") && has(one, "compensate"));
    }

    /** Returns a step that sends the receipt of an earlier step. */
    Spot reading() {
        return spot(
                Pattern.SAGA,
                ReportedState.SUCCEEDED,
                one -> one.branch().readsFrom() != null
                        && !one.name().equals(one.branch().readsFrom())
                        && calls(one, "action").anyMatch(call -> !call.receipt().isEmpty()));
    }

    /** Returns a called step behind an approval, in a saga without explicit edges. */
    Spot gated() {
        return spot(
                Pattern.SAGA,
                ReportedState.SUCCEEDED,
                one -> calls(one, "action").findAny().isPresent() && isBehindApproval(one));
    }

    private boolean isBehindApproval(Spot spot) {
        List<SagaStep> before = steps(spot).stream()
                .takeWhile(step -> !step.getId().equals(spot.name()))
                .toList();
        return isSequence(spot) && before.stream().anyMatch(SagaStep::hasApproval);
    }

    /** Returns whether the saga has no explicit edges, so that its steps run one after another. */
    boolean isSequence(Spot spot) {
        List<SagaStep> steps = steps(spot);
        return !steps.isEmpty() && steps.stream().allMatch(step -> step.getAfterCount() == 0);
    }

    /** Returns whether a step has no predecessor. */
    boolean isFirst(Spot spot) {
        List<SagaStep> steps = steps(spot);
        return isSequence(spot)
                ? steps.getFirst().getId().equals(spot.name())
                : steps.stream().anyMatch(step -> step.getId().equals(spot.name()) && step.getAfterCount() == 0);
    }

    private List<SagaStep> steps(Spot spot) {
        return requests.stream()
                .filter(requested -> requested.gid().equals(spot.gid()))
                .flatMap(requested -> requested.plan().getSaga().getStepsList().stream())
                .toList();
    }

    /** Returns untouched deliveries of different messages with one ordering key, both called and acknowledged. */
    Pair inOneQueue() {
        List<Spot> ordered = spots(Pattern.MESSAGE, ReportedState.SUCCEEDED)
                .filter(spot -> spot.branch().queue() != null && has(spot, "deliver"))
                .toList();
        return ordered.stream()
                .flatMap(ahead ->
                        ordered.stream().filter(next -> isBehind(next, ahead)).map(next -> new Pair(ahead, next)))
                .findFirst()
                .orElseThrow();
    }

    private boolean isBehind(Spot next, Spot ahead) {
        return !ahead.gid().equals(next.gid())
                && String.valueOf(ahead.branch().queue()).equals(next.branch().queue())
                && call(ahead, "deliver").at() < call(next, "deliver").at();
    }

    TransactionReport txReport(Shape shape) {
        return txReports.stream()
                .filter(txReport -> txReport.gid().equals(shape.gid()))
                .findFirst()
                .orElse(TransactionReport.unknown(shape.gid()));
    }

    boolean isRecorded(Shape shape, String kind, String outcome) {
        return txReport(shape).history().stream()
                .anyMatch(entry -> entry.kind().equals(kind) && entry.outcome().equals(outcome));
    }

    boolean wasReported(Shape shape, ClientAnswer.Event what) {
        return reported.stream().anyMatch(one -> one.gid().equals(shape.gid()) && one.what() == what);
    }

    boolean has(Spot spot, String op) {
        return effects(spot.gid(), spot.name(), op).findAny().isPresent();
    }

    LedgerEffect effect(Spot spot, String op) {
        return effects(spot.gid(), spot.name(), op).findFirst().orElseThrow();
    }

    Stream<LedgerEffect> effects(String gid, String branch, String op) {
        return effects.stream()
                .filter(effect -> effect.gid().equals(gid)
                        && effect.branch().equals(branch)
                        && effect.op().equals(op));
    }

    LedgerCall call(Spot spot, String op) {
        return calls(spot, op).findFirst().orElseThrow();
    }

    Stream<LedgerCall> calls(Spot spot, String op) {
        return calls.stream()
                .filter(call -> call.gid().equals(spot.gid())
                        && call.branch().equals(spot.name())
                        && call.op().equals(op));
    }

    long acceptedAt(Spot spot) {
        return txReport(spot.shape()).history().getFirst().at();
    }

    // ---- changes

    /** Returns a copy that differs in one component. */
    static <T> T with(T piece, String component, Object value) {
        JsonObject json = GSON.toJsonTree(piece).getAsJsonObject();
        json.add(component, GSON.toJsonTree(value));
        @SuppressWarnings("unchecked")
        Class<T> type = (Class<T>) piece.getClass();
        return GSON.fromJson(json, type);
    }

    <T> void change(List<T> all, T piece, String component, Object value) {
        all.set(all.indexOf(piece), with(piece, component, value));
    }

    void changeReport(Spot spot, String component, Object value) {
        change(txReports, txReport(spot.shape()), component, value);
    }

    /** Removes these effects. */
    void drop(Spot spot, String op) {
        effects.removeAll(effects(spot.gid(), spot.name(), op).toList());
    }

    void dropAnswers(Spot spot, String op) {
        answers.removeIf(answer -> answer.gid().equals(spot.gid())
                && answer.branch().equals(spot.name())
                && answer.op().equals(op));
    }

    /** Adds an effect without a call. */
    void invent(Spot spot, String branch, String op) {
        effects.add(new LedgerEffect("any", Long.MAX_VALUE, Long.MAX_VALUE, spot.gid(), branch, op, 1, 0, 0, ""));
    }

    void forget(Shape shape, Predicate<Entry> which) {
        rewrite(shape, history -> history.removeIf(which));
    }

    /** Moves these entries to the time {@code at}. */
    void delay(Shape shape, Predicate<Entry> which, long at) {
        rewrite(shape, history -> history.replaceAll(entry -> which.test(entry) ? with(entry, "at", at) : entry));
    }

    /** Edits the history, and renumbers its entries. */
    void rewrite(Shape shape, Consumer<List<Entry>> edit) {
        List<Entry> history = new ArrayList<>(txReport(shape).history());
        edit.accept(history);
        for (int i = 0; i < history.size(); i++) {
            history.set(i, with(history.get(i), "revision", i + 1));
        }
        change(txReports, txReport(shape), "history", history);
    }
}
