package dev.entente.lab.scenario;

import dev.entente.lab.judge.Invariant;
import dev.entente.rig.Kill;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The findings of a scenario, gathered while it runs. Not thread-safe. */
public final class Result {
    private final String name;
    private final List<Transaction> told = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Map<String, Long> endings = new TreeMap<>();
    private final List<Kill> kills = new ArrayList<>();
    private final List<Invariant> invariants = new ArrayList<>();
    private @Nullable Recovery recovery;

    public Result(String name) {
        this.name = name;
    }

    /** Counts how a transaction ended, and keeps it to be told. */
    public void tell(Transaction transaction) {
        story(transaction);
        count(transaction.getState().name());
    }

    /** Keeps one to be told that is counted otherwise. */
    public void story(Transaction transaction) {
        told.add(transaction);
    }

    /** Keeps a sentence for people: what somebody was answered. */
    public void note(String sentence) {
        notes.add(sentence);
    }

    public List<String> notes() {
        return List.copyOf(notes);
    }

    /** Counts how a transaction ended. */
    public void count(String end) {
        endings.merge(end, 1L, Long::sum);
    }

    public void killed(Kill kill) {
        kills.add(kill);
    }

    /** @param startNanos when the scenario began, of {@link System#nanoTime} */
    public void killed(String what, long startNanos) {
        killed(new Kill(Duration.ofNanos(System.nanoTime() - startNanos).toMillis(), what));
    }

    public void check(String invariant, boolean holds, long checked) {
        invariants.add(new Invariant(invariant, holds, checked));
    }

    /** @param finding what was found; told where it does not hold */
    public void check(String invariant, boolean holds, long checked, String finding) {
        invariants.add(new Invariant(invariant, holds, checked, holds ? "" : finding));
    }

    public void checkAll(List<Invariant> more) {
        invariants.addAll(more);
    }

    public void recovered(Recovery figures) {
        recovery = figures;
    }

    public String name() {
        return name;
    }

    public List<Transaction> told() {
        return List.copyOf(told);
    }

    /** How many ended in each state. */
    public Map<String, Long> endings() {
        return Map.copyOf(endings);
    }

    public List<Kill> kills() {
        return List.copyOf(kills);
    }

    public List<Invariant> invariants() {
        return List.copyOf(invariants);
    }

    @Nullable
    public Recovery recovery() {
        return recovery;
    }

    /** The first transaction's; empty where none was told. */
    public String gid() {
        return told.isEmpty() ? "" : told.getFirst().getGid();
    }

    public List<BranchStatus> branches() {
        return told.isEmpty() ? List.of() : told.getFirst().getBranchesList();
    }

    /** Tells whether something was checked and all of it holds. */
    public boolean holds() {
        return !invariants.isEmpty() && invariants.stream().allMatch(Invariant::holds);
    }
}
