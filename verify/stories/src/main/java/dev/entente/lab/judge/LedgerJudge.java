package dev.entente.lab.judge;

import dev.entente.v1.Pattern;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares how transactions ended with what the participants' ledgers hold. A saga that succeeded has every action and
 * no compensation; one that was aborted has as many compensations as actions; a TCC transaction has confirm beside
 * every try, or cancel, never both; what was prepared shows only where it was committed; a message shows once it was
 * delivered.
 */
public final class LedgerJudge {
    private final List<String> findings = new ArrayList<>();
    private long lost;
    private long contradictions;
    private long duplicates;

    private LedgerJudge() {}

    /**
     * @param claims every transaction that was accepted
     * @param effects all rows of the ledgers; those of a gid that no claim names are contradictions too
     */
    public static LedgerVerdict of(Collection<Claim> claims, List<ParticipantEffect> effects) {
        LedgerJudge judge = new LedgerJudge();
        Map<String, Map<String, Set<String>>> operations = judge.operations(effects);
        claims.forEach(claim -> judge.compare(claim, operations.getOrDefault(claim.gid(), Map.of())));
        Set<String> claimed = new HashSet<>();
        claims.forEach(claim -> claimed.add(claim.gid()));
        operations.keySet().stream()
                .filter(gid -> !claimed.contains(root(gid)))
                .forEach(gid -> judge.contradiction(gid, "has effects but was never accepted"));
        return new LedgerVerdict(judge.lost, judge.contradictions, judge.duplicates, List.copyOf(judge.findings));
    }

    /** The gid that a client gave, of those that the coordinator derived from it. */
    private static String root(String gid) {
        return gid.split("[/~]", 2)[0];
    }

    /** gid → branch → its operations that took effect; counts what took effect twice. */
    private Map<String, Map<String, Set<String>>> operations(List<ParticipantEffect> effects) {
        Map<String, Map<String, Set<String>>> operations = new HashMap<>();
        for (ParticipantEffect effect : effects) {
            Set<String> ofBranch = operations
                    .computeIfAbsent(effect.gid(), gid -> new HashMap<>())
                    .computeIfAbsent(effect.branch(), branch -> new HashSet<>());
            if (!ofBranch.add(effect.op())) {
                duplicates++;
                findings.add(effect.gid() + ": " + effect.branch() + " " + effect.op() + " took effect twice");
            }
        }
        return operations;
    }

    private void compare(Claim claim, Map<String, Set<String>> operations) {
        switch (claim.end()) {
            case SUCCEEDED -> succeeded(claim, operations);
            case ABORTED -> aborted(claim, operations);
            case PARKED, GIVEN_UP -> {}
            case LOST -> {
                lost++;
                findings.add(claim.gid() + ": was accepted and is lost");
            }
        }
    }

    private void succeeded(Claim claim, Map<String, Set<String>> operations) {
        Set<String> expected = whenDone(claim.pattern());
        for (String branch : claim.branches()) {
            Set<String> found = operations.getOrDefault(branch, Set.of());
            if (!found.equals(expected)) {
                contradiction(claim.gid(), "succeeded, but " + branch + " has " + found + " instead of " + expected);
                return;
            }
        }
    }

    private void aborted(Claim claim, Map<String, Set<String>> operations) {
        Set<String> undone = whenUndone(claim.pattern());
        for (var branch : operations.entrySet()) {
            if (!branch.getValue().equals(undone)) {
                contradiction(
                        claim.gid(),
                        "was aborted, but " + branch.getKey() + " has " + branch.getValue() + " instead of " + undone
                                + " or nothing");
                return;
            }
        }
    }

    private static Set<String> whenDone(Pattern pattern) {
        return switch (pattern) {
            case SAGA -> Set.of("action");
            case TCC -> Set.of("try", "confirm");
            case TWO_PHASE -> Set.of("prepare");
            case MESSAGE, NOTIFICATION -> Set.of("deliver");
            case PATTERN_UNSPECIFIED, UNRECOGNIZED -> Set.of();
        };
    }

    private static Set<String> whenUndone(Pattern pattern) {
        return switch (pattern) {
            case SAGA -> Set.of("action", "compensate");
            case TCC -> Set.of("try", "cancel");
            case TWO_PHASE, MESSAGE, NOTIFICATION, PATTERN_UNSPECIFIED, UNRECOGNIZED -> Set.of();
        };
    }

    private void contradiction(String gid, String what) {
        contradictions++;
        findings.add(gid + ": " + what);
    }
}
