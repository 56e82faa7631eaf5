package dev.entente.simulation.world;

import dev.entente.core.transaction.Role;
import dev.entente.server.participant.BranchCall;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Remembers the calls that have left, which of them may still be under way, and those that found no connection. */
public final class SentCalls {
    private final VirtualTime time;
    private final Map<String, List<Sent>> calls = new HashMap<>();
    private final Map<String, List<Instant>> unreached = new HashMap<>();

    private static final class Sent {
        private final Role role;
        private final long incarnation;
        private final long untilNanos;
        private boolean isAnswered;

        Sent(Role role, long incarnation, long untilNanos) {
            this.role = role;
            this.incarnation = incarnation;
            this.untilNanos = untilNanos;
        }
    }

    public SentCalls(VirtualTime time) {
        this.time = time;
    }

    public void left(BranchCall call, Role role, long incarnation) {
        long untilNanos = time.nanos() + call.timeout().toNanos();
        calls.computeIfAbsent(key(call.gid(), call.branch()), _ -> new ArrayList<>())
                .add(new Sent(role, incarnation, untilNanos));
    }

    public void answered(BranchCall call, Role role, long incarnation) {
        for (Sent sent : of(call.gid(), call.branch())) {
            if (sent.role == role && sent.incarnation == incarnation) {
                sent.isAnswered = true;
            }
        }
    }

    /** Notes that a call has not left, for want of a connection. */
    public void unreached(BranchCall call, Role role) {
        unreached
                .computeIfAbsent(key(call.gid(), call.branch()) + " " + role, _ -> new ArrayList<>())
                .add(time.now());
    }

    /** The role of each call of a branch that has left, was not answered, and whose time is not up. */
    public List<Role> underWay(String gid, String branch) {
        return of(gid, branch).stream()
                .filter(sent -> !sent.isAnswered && time.nanos() < sent.untilNanos)
                .map(sent -> sent.role)
                .toList();
    }

    public int count(String gid, String branch, Role role) {
        return (int) of(gid, branch).stream().filter(sent -> sent.role == role).count();
    }

    /** When calls have not left for want of a connection, the earliest first. */
    public List<Instant> unreached(String gid, String branch, Role role) {
        return unreached.getOrDefault(key(gid, branch) + " " + role, List.of());
    }

    private List<Sent> of(String gid, String branch) {
        return calls.getOrDefault(key(gid, branch), List.of());
    }

    private static String key(String gid, String branch) {
        return gid + " " + branch;
    }
}
