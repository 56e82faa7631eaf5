package dev.entente.faults.mutants;

import dev.entente.faults.check.Book;
import dev.entente.faults.check.Dossier;
import dev.entente.faults.check.Dossier.Entry;
import dev.entente.faults.check.Evidence;
import dev.entente.faults.check.LedgerCall;
import dev.entente.faults.check.LedgerEffect;
import dev.entente.faults.check.Shape;
import dev.entente.faults.check.Shape.Pattern;
import dev.entente.faults.check.Standing;
import dev.entente.faults.check.Told;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Evidence that can be changed, and one transaction in it. Used by one thread. */
final class Spoiling {
    private final List<Shape> shapes;
    private final List<Told> told;
    private final List<LedgerCall> calls;
    private final List<LedgerEffect> effects;
    private final List<Dossier> dossiers;
    private final List<Book> books;

    Spoiling(Evidence good) {
        shapes = good.shapes();
        told = new ArrayList<>(good.told());
        calls = new ArrayList<>(good.calls());
        effects = new ArrayList<>(good.effects());
        dossiers = new ArrayList<>(good.dossiers());
        books = new ArrayList<>(good.books());
    }

    Evidence spoilt() {
        return new Evidence(shapes, told, calls, effects, dossiers, books);
    }

    /** @throws java.util.NoSuchElementException where the good run has none such */
    Shape find(Pattern pattern, Standing standing, Predicate<Shape> further) {
        return shapes.stream()
                .filter(shape ->
                        shape.pattern() == pattern && dossier(shape).standing() == standing && further.test(shape))
                .findFirst()
                .orElseThrow();
    }

    Shape find(Pattern pattern, Standing standing) {
        return find(pattern, standing, _ -> true);
    }

    Dossier dossier(Shape shape) {
        return dossiers.stream()
                .filter(dossier -> dossier.gid().equals(shape.gid()))
                .findFirst()
                .orElse(Dossier.unknown(shape.gid()));
    }

    boolean wasTold(Shape shape, Told.What what) {
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

    void add(Told one) {
        told.add(one);
    }

    void changeTold(Predicate<Told> which, UnaryOperator<Told> change) {
        told.replaceAll(one -> which.test(one) ? change.apply(one) : one);
    }

    void changeBook(UnaryOperator<Book> change) {
        books.set(0, change.apply(books.getFirst()));
    }

    void change(Shape shape, UnaryOperator<Dossier> change) {
        dossiers.replaceAll(dossier -> dossier.gid().equals(shape.gid()) ? change.apply(dossier) : dossier);
    }

    /** That dossier, standing otherwise. */
    static Dossier standing(Dossier before, Standing standing) {
        return new Dossier(
                before.gid(), standing, before.state(), before.parkedBecause(), before.branches(), before.history());
    }

    static Dossier withState(Dossier before, String state) {
        return new Dossier(
                before.gid(), before.standing(), state, before.parkedBecause(), before.branches(), before.history());
    }

    static Dossier withBranches(Dossier before, Map<String, String> branches) {
        return new Dossier(
                before.gid(), before.standing(), before.state(), before.parkedBecause(), branches, before.history());
    }

    static Dossier withHistory(Dossier before, List<Entry> history) {
        return new Dossier(
                before.gid(), before.standing(), before.state(), before.parkedBecause(), before.branches(), history);
    }

    /** Numbered anew. */
    static List<Entry> without(List<Entry> history, Predicate<Entry> which) {
        List<Entry> kept = new ArrayList<>();
        for (Entry entry : history) {
            if (!which.test(entry)) {
                kept.add(numbered(entry, kept.size() + 1));
            }
        }
        return kept;
    }

    static Entry numbered(Entry entry, long revision) {
        return new Entry(
                revision,
                entry.at(),
                entry.kind(),
                entry.branch(),
                entry.op(),
                entry.attempt(),
                entry.outcome(),
                entry.stateAfter());
    }
}
