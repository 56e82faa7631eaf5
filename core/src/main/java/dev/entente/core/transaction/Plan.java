package dev.entente.core.transaction;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A submitted plan, with every default filled in and every order explicit: a sequence is a chain of {@code after}.
 *
 * @param resultBranch the branch whose response is the transaction's result, or null
 * @param branches in the order of the plan; an index into this list names a branch everywhere else
 * @param terms of a message
 */
public record Plan(
        Pattern pattern,
        Heading heading,
        Times times,
        @Nullable String resultBranch,
        List<Branch> branches,
        MessageTerms terms) {

    /**
     * The words by which a transaction is found.
     *
     * @param name the business name
     * @param submitter the principal that submitted it, or null where nobody had to say who they are
     */
    public record Heading(
            String name,
            Map<String, String> labels,
            @Nullable String submitter) {}

    /**
     * The times between which it may go on.
     *
     * @param deadline from acceptance, or null for none
     * @param startTime when to start, or null for at once
     */
    public record Times(
            @Nullable Duration deadline, @Nullable Instant startTime) {}

    /** Makes a plan without a submitter. */
    public Plan(
            Pattern pattern,
            String name,
            Map<String, String> labels,
            @Nullable Duration deadline,
            @Nullable Instant startTime,
            @Nullable String resultBranch,
            List<Branch> branches) {
        this(
                pattern,
                new Heading(name, labels, null),
                new Times(deadline, startTime),
                resultBranch,
                branches,
                MessageTerms.NONE);
    }

    public String name() {
        return heading.name();
    }

    public Map<String, String> labels() {
        return heading.labels();
    }

    /** Returns the time from acceptance, or null for none. */
    public @Nullable Duration deadline() {
        return times.deadline();
    }

    /** Returns when to start, or null for at once. */
    public @Nullable Instant startTime() {
        return times.startTime();
    }

    /** Returns the principal that submitted it, or null where nobody had to say who they are. */
    public @Nullable String submitter() {
        return heading.submitter();
    }

    /**
     * The index of the branch that asks a message's client what became of its local transaction, or -1. It is the point
     * of no return, and all deliveries come after it.
     */
    public int checkBack() {
        return pattern == Pattern.MESSAGE
                        && !branches.isEmpty()
                        && branches.getFirst().pivot()
                ? 0
                : -1;
    }

    /** Returns the name of that operation for participants and users, such as {@code compensate}. */
    public String operationName(int branch, Role role) {
        return branch == checkBack() && role == Role.FORWARD
                ? Pattern.CHECK
                : branches.get(branch).operationName(pattern, role);
    }

    /** The index of the branch of that name, or -1. */
    public int indexOf(String branch) {
        for (int i = 0; i < branches.size(); i++) {
            if (branches.get(i).id().equals(branch)) {
                return i;
            }
        }
        return -1;
    }

    /** How many of its branches were there when it was accepted; those that joined since stand behind them. */
    public int declared() {
        int declared = branches.size();
        while (declared > 0 && branches.get(declared - 1).isRegistered()) {
            declared--;
        }
        return declared;
    }

    /** The index of the branch that is this one's second forward operation, or -1. */
    public int continuationOf(int index) {
        String id = branches.get(index).id();
        for (int i = index + 1; i < branches.size(); i++) {
            if (id.equals(branches.get(i).continues())) {
                return i;
            }
        }
        return -1;
    }

    /** This plan with one more branch at the end. */
    public Plan with(Branch branch) {
        List<Branch> more = new ArrayList<>(branches);
        more.add(branch);
        return of(more);
    }

    /** This plan with these branches instead. */
    public Plan of(List<Branch> others) {
        return new Plan(pattern, heading, times, resultBranch, List.copyOf(others), terms);
    }

    /** This plan, submitted by that principal. */
    public Plan by(@Nullable String principal) {
        Heading named = new Heading(heading.name(), heading.labels(), principal);
        return new Plan(pattern, named, times, resultBranch, branches, terms);
    }

    /** This plan as a message of those terms. */
    public Plan withTerms(MessageTerms messageTerms) {
        return new Plan(pattern, heading, times, resultBranch, branches, messageTerms);
    }
}
