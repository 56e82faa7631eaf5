package dev.entente.faults.mutants;

import dev.entente.faults.check.Book;
import dev.entente.faults.check.ClientAnswer;
import dev.entente.faults.check.Evidence;
import dev.entente.faults.check.LedgerAnswer;
import dev.entente.faults.check.LedgerCall;
import dev.entente.faults.check.LedgerEffect;
import dev.entente.faults.check.NetworkObservation;
import dev.entente.faults.check.NetworkObservation.Flight;
import dev.entente.faults.check.NetworkObservation.Standstill;
import dev.entente.faults.check.Shape;
import dev.entente.faults.check.Shape.BranchShape;
import dev.entente.faults.check.Shape.Pattern;
import dev.entente.faults.check.Standing;
import dev.entente.faults.check.TransactionReport;
import dev.entente.faults.check.TransactionReport.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Evidence that can be changed, and one transaction in it. Used by one thread. */
final class CorruptibleEvidence {
    /** Patterns of which a lie wants a debit and a credit; drawn plans have branches of other names. */
    private static final Set<Pattern> MADE_OF_A_TRANSFER = Set.of(Pattern.SAGA, Pattern.TCC);

    private final List<Shape> shapes;
    private final List<ClientAnswer> told;
    private final List<LedgerCall> calls;
    private final List<LedgerAnswer> answers;
    private final List<LedgerEffect> effects;
    private final List<TransactionReport> dossiers;
    private final List<Book> books;
    private final List<Flight> flights;
    private final List<Standstill> standstills;
    private final long clocksMillis;

    /** Two deliveries in one lane, each taken, the first before the next came. */
    record Pair(Shape ahead, BranchShape aheadBranch, Shape next, BranchShape nextBranch) {}

    CorruptibleEvidence(Evidence good) {
        shapes = good.shapes();
        told = new ArrayList<>(good.told());
        calls = new ArrayList<>(good.calls());
        answers = new ArrayList<>(good.answers());
        effects = new ArrayList<>(good.effects());
        dossiers = new ArrayList<>(good.dossiers());
        books = new ArrayList<>(good.books());
        flights = new ArrayList<>(good.onlooker().flights());
        standstills = new ArrayList<>(good.onlooker().standstills());
        clocksMillis = good.onlooker().clocksMillis();
    }

    /** Tells whether all observations have one clock, on which a millisecond counts. */
    boolean isExact() {
        return clocksMillis == 0;
    }

    Evidence spoilt() {
        NetworkObservation onlooker = new NetworkObservation(flights, standstills, clocksMillis);
        return new Evidence(shapes, told, calls, answers, effects, dossiers, books, onlooker);
    }

    /** @throws java.util.NoSuchElementException where the good run has none such */
    Shape find(Pattern pattern, Standing standing, Predicate<Shape> further) {
        return shapes.stream()
                .filter(shape ->
                        shape.pattern() == pattern && dossier(shape).standing() == standing && isUntouched(shape))
                .filter(further)
                .findFirst()
                .orElseThrow();
    }

    /** A saga that was turned back after its first step. */
    Shape undone() {
        return find(
                Pattern.SAGA,
                Standing.ABORTED,
                shape -> hasEffect(shape, "debit", "compensate")
                        && !hasEffect(shape, "credit", "action")
                        && shape.branches().stream()
                                .anyMatch(branch -> branch.name().equals("credit") && branch.canBeUndone()));
    }

    Shape find(Pattern pattern, Standing standing) {
        return find(pattern, standing, shape -> !MADE_OF_A_TRANSFER.contains(pattern) || isTransfer(shape));
    }

    TransactionReport dossier(Shape shape) {
        return dossiers.stream()
                .filter(dossier -> dossier.gid().equals(shape.gid()))
                .findFirst()
                .orElse(TransactionReport.unknown(shape.gid()));
    }

    boolean wasTold(Shape shape, ClientAnswer.What what) {
        return told.stream().anyMatch(one -> one.gid().equals(shape.gid()) && one.what() == what);
    }

    boolean hasEffect(Shape shape, String branch, String op) {
        return effects(shape, branch, op).findAny().isPresent();
    }

    Stream<LedgerEffect> effects(Shape shape, String branch, String op) {
        return effects.stream()
                .filter(effect -> effect.gid().equals(shape.gid())
                        && effect.branch().equals(branch)
                        && effect.op().equals(op));
    }

    LedgerEffect effect(Shape shape, String branch, String op) {
        return effects(shape, branch, op).findFirst().orElseThrow();
    }

    LedgerCall call(Shape shape, String op) {
        return calls.stream()
                .filter(call -> call.gid().equals(shape.gid()) && call.op().equals(op))
                .findFirst()
                .orElseThrow();
    }

    LedgerCall call(Shape shape, String branch, String op) {
        return calls.stream()
                .filter(call -> call.gid().equals(shape.gid())
                        && call.branch().equals(branch)
                        && call.op().equals(op))
                .findFirst()
                .orElseThrow();
    }

    void drop(LedgerEffect effect) {
        effects.remove(effect);
    }

    void add(LedgerEffect effect) {
        effects.add(effect);
    }

    void replace(LedgerEffect old, LedgerEffect changed) {
        effects.set(effects.indexOf(old), changed);
    }

    void add(LedgerCall call) {
        calls.add(call);
    }

    void replace(LedgerCall old, LedgerCall changed) {
        calls.set(calls.indexOf(old), changed);
    }

    LedgerAnswer answer(Shape shape, String branch, String op) {
        return answers.stream()
                .filter(answer -> answer.gid().equals(shape.gid())
                        && answer.branch().equals(branch)
                        && answer.op().equals(op)
                        && answer.fence() > 0)
                .findFirst()
                .orElseThrow();
    }

    void add(LedgerAnswer answer) {
        answers.add(answer);
    }

    void add(ClientAnswer one) {
        told.add(one);
    }

    void changeTold(Predicate<ClientAnswer> which, UnaryOperator<ClientAnswer> change) {
        told.replaceAll(one -> which.test(one) ? change.apply(one) : one);
    }

    void add(Flight flight) {
        flights.add(flight);
    }

    void add(Standstill standstill) {
        standstills.add(standstill);
    }

    /** Takes all those effects away. @throws NoSuchElementException where there is none */
    void dropAll(Shape shape, String branch, String op) {
        effects.removeAll(List.of(effect(shape, branch, op)));
        effects.removeAll(effects(shape, branch, op).toList());
    }

    void rewrite(Shape shape, Consumer<List<Entry>> edit) {
        change(shape, before -> {
            List<Entry> history = new ArrayList<>(before.history());
            edit.accept(history);
            return Edits.withHistory(before, history);
        });
    }

    void changeHistory(Shape shape, Predicate<Entry> which, UnaryOperator<Entry> change) {
        rewrite(shape, history -> history.replaceAll(entry -> which.test(entry) ? change.apply(entry) : entry));
    }

    /** Takes those entries out of its history. */
    void forget(Shape shape, Predicate<Entry> which) {
        change(shape, before -> Edits.withHistory(before, Edits.without(before.history(), which)));
    }

    long acceptedAt(Shape shape) {
        return dossier(shape).history().getFirst().at();
    }

    long lastAt(Shape shape) {
        return dossier(shape).history().getLast().at();
    }

    /** Neighbours of different messages, each called, taken and not meddled with. */
    Pair inOneLane() {
        List<Shape> ordered = shapes.stream()
                .filter(shape -> dossier(shape).standing() == Standing.SUCCEEDED && isUntouched(shape))
                .filter(shape -> shape.branches().getFirst().lane() != null)
                .toList();
        return ordered.stream()
                .flatMap(ahead -> ordered.stream()
                        .filter(next -> isBehind(next, ahead))
                        .map(next -> new Pair(
                                ahead,
                                ahead.branches().getFirst(),
                                next,
                                next.branches().getFirst())))
                .findFirst()
                .orElseThrow();
    }

    /** From a debit to a credit, as most are. */
    private static boolean isTransfer(Shape shape) {
        List<String> names = shape.branches().stream().map(BranchShape::name).toList();
        return names.contains("debit") && names.contains("credit");
    }

    /** By operators, and by receivers that have gone. */
    private boolean isUntouched(Shape shape) {
        return !dossier(shape).isForced()
                && dossier(shape).history().stream()
                        .noneMatch(entry ->
                                entry.kind().equals("DROPPED") || entry.kind().equals("RESOLVED"));
    }

    private boolean isBehind(Shape next, Shape ahead) {
        BranchShape one = ahead.branches().getFirst();
        BranchShape other = next.branches().getFirst();
        return !ahead.gid().equals(next.gid())
                && Objects.equals(one.lane(), other.lane())
                && call(ahead, one.name(), ahead.pattern().forward()).at()
                        < call(next, other.name(), next.pattern().forward()).at();
    }

    void changeBook(UnaryOperator<Book> change) {
        books.set(0, change.apply(books.stream().findFirst().orElseThrow()));
    }

    void change(Shape shape, UnaryOperator<TransactionReport> change) {
        dossiers.replaceAll(dossier -> dossier.gid().equals(shape.gid()) ? change.apply(dossier) : dossier);
    }
}
