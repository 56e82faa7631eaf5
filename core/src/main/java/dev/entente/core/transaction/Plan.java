package dev.entente.core.transaction;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A submitted plan, with all defaults filled in and every order explicit: a sequence is a chain of {@code after}.
 *
 * @param resultBranch the branch that gives the transaction's result, or null
 * @param branches in the order of the plan; elsewhere an index into this list identifies a branch
 * @param terms the settings of a message, without its deliveries
 */
public record Plan(
        Pattern pattern,
        Heading heading,
        Times times,
        @Nullable String resultBranch,
        List<Branch> branches,
        MessageTerms terms) {

    /**
     * The data by which users find a transaction.
     *
     * @param name the business name
     * @param submitter the principal that submitted the plan, or null where no authentication was required
     * @param trace the W3C trace context of the submit, or null: trace id (16 bytes), span id (8) and flags (1); of a
     *     finished transaction at least the trace id
     */
    public record Heading(
            String name,
            Map<String, String> labels,
            @Nullable String submitter,
            @Nullable ByteString trace) {}

    /**
     * The time limits of a transaction.
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
                new Heading(name, labels, null, null),
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

    /** Returns the principal that submitted the plan, or null where no authentication was required. */
    public @Nullable String submitter() {
        return heading.submitter();
    }

    /** Returns the W3C trace context of the submit as bytes, or null: see {@link Heading}. */
    public @Nullable ByteString trace() {
        return heading.trace();
    }

    /**
     * Returns the index of the branch that asks a message's client for the result of its local transaction, or -1. This
     * branch is the point of no return, and all deliveries come after it.
     */
    public int checkBack() {
        return pattern == Pattern.MESSAGE
                        && !branches.isEmpty()
                        && branches.getFirst().pivot()
                ? 0
                : -1;
    }

    /** Returns the name of this operation for participants and users, such as {@code compensate}. */
    public String operationName(int branch, Role role) {
        return branch == checkBack() && role == Role.FORWARD
                ? Pattern.CHECK
                : branches.get(branch).operationName(pattern, role);
    }

    /** Returns the index of the branch with this name, or -1. */
    public int indexOf(String branch) {
        for (int i = 0; i < branches.size(); i++) {
            if (branches.get(i).id().equals(branch)) {
                return i;
            }
        }
        return -1;
    }

    /** Returns the number of branches at acceptance. Branches that joined later follow them in the list. */
    public int declared() {
        int declared = branches.size();
        while (declared > 0 && branches.get(declared - 1).isRegistered()) {
            declared--;
        }
        return declared;
    }

    /** Returns the index of the second forward operation of this branch, or -1. */
    public int continuationOf(int index) {
        String id = branches.get(index).id();
        for (int i = index + 1; i < branches.size(); i++) {
            if (id.equals(branches.get(i).continues())) {
                return i;
            }
        }
        return -1;
    }

    /** Returns this plan with one more branch at the end. */
    public Plan with(Branch branch) {
        List<Branch> more = new ArrayList<>(branches);
        more.add(branch);
        return of(more);
    }

    /** Returns this plan with other branches. */
    public Plan of(List<Branch> others) {
        return new Plan(pattern, heading, times, resultBranch, List.copyOf(others), terms);
    }

    /** Returns this plan, submitted by that principal. */
    public Plan by(@Nullable String principal) {
        Heading named = new Heading(heading.name(), heading.labels(), principal, heading.trace());
        return new Plan(pattern, named, times, resultBranch, branches, terms);
    }

    /** Returns this plan, submitted within that trace; unchanged for null. */
    public Plan in(@Nullable ByteString trace) {
        return trace == null
                ? this
                : new Plan(
                        pattern,
                        new Heading(heading.name(), heading.labels(), heading.submitter(), trace),
                        times,
                        resultBranch,
                        branches,
                        terms);
    }

    /** Returns this plan as a message with these terms. */
    public Plan withTerms(MessageTerms messageTerms) {
        return new Plan(pattern, heading, times, resultBranch, branches, messageTerms);
    }
}
