package dev.entente.stories.demo;

import dev.entente.stories.judge.Invariant;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The results of a scenario, gathered during its run. Not thread-safe. */
final class Result {
    private final String name;
    private final List<Transaction> reported = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Map<String, Long> endings = new TreeMap<>();
    private final List<Kill> kills = new ArrayList<>();
    private final List<Invariant> invariants = new ArrayList<>();
    private @Nullable Recovery recovery;

    /**
     * A process that was killed with -9.
     *
     * @param atMs milliseconds since the scenario began
     * @param what the process: "coordinator", "participant points"
     */
    record Kill(long atMs, String what) {}

    /**
     * The outcome of the transactions that were open when the coordinator was killed.
     *
     * @param openAtKill rows in the coordinator's database right after the kill
     * @param finished the number of accepted transactions that finished
     * @param lost accepted transactions that are neither finished nor parked
     * @param contradictions transactions whose effects do not match their final state
     */
    record Recovery(long openAtKill, long finished, long lost, long contradictions) {
        static final Recovery NONE = new Recovery(0, 0, 0, 0);
    }

    Result(String name) {
        this.name = name;
    }

    /** Counts the final state of a transaction, and keeps the transaction to print its history. */
    void report(Transaction transaction) {
        scenario(transaction);
        count(transaction.getState().name());
    }

    /** Keeps a transaction to print its history. The caller counts its state. */
    void scenario(Transaction transaction) {
        reported.add(transaction);
    }

    /** Keeps a sentence for people, such as a response to a client. */
    void note(String sentence) {
        notes.add(sentence);
    }

    /** Counts the state of a transaction. */
    void count(String end) {
        endings.merge(end, 1L, Long::sum);
    }

    void killed(Kill kill) {
        kills.add(kill);
    }

    void check(Invariant invariant) {
        invariants.add(invariant);
    }

    void recovered(Recovery figures) {
        recovery = figures;
    }

    String name() {
        return name;
    }

    List<String> notes() {
        return notes;
    }

    List<Transaction> reported() {
        return reported;
    }

    /** Returns the number of transactions by state. */
    Map<String, Long> endings() {
        return endings;
    }

    List<Kill> kills() {
        return kills;
    }

    List<Invariant> invariants() {
        return invariants;
    }

    @Nullable
    Recovery recovery() {
        return recovery;
    }

    /** Returns the gid of the first printed transaction; empty for none. */
    String gid() {
        return reported.isEmpty() ? "" : reported.getFirst().getGid();
    }

    List<BranchStatus> branches() {
        return reported.isEmpty() ? List.of() : reported.getFirst().getBranchesList();
    }

    /** Returns whether there was at least one check and all checks hold. */
    boolean holds() {
        return !invariants.isEmpty() && invariants.stream().allMatch(Invariant::holds);
    }
}
