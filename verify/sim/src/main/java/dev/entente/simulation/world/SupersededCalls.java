package dev.entente.simulation.world;

import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Role;
import dev.entente.server.participant.BranchCall;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks the barriers' answers to calls of superseded coordinators by the order of calls instead of fences. Only one
 * coordinator at a time lets calls of a transaction leave. Therefore the coordinator with the earlier call was
 * superseded.
 */
public final class SupersededCalls {
    private final VirtualTime time;
    private final IdentityHashMap<BranchCall, Departure> departures = new IdentityHashMap<>();
    private final Map<String, Departure> onRecord = new HashMap<>();
    private final List<String> violations = new ArrayList<>();

    private record Departure(long incarnation, long nanos) {}

    public SupersededCalls(VirtualTime time) {
        this.time = time;
    }

    public void left(long incarnation, BranchCall call) {
        departures.put(call, new Departure(incarnation, time.nanos()));
    }

    /** Records that a barrier answered a call from its stored verdict, or stored a verdict for the call. */
    public void answered(BranchCall call, Role role, Outcome outcome) {
        Departure departure = departures.get(call);
        if (departure == null || outcome instanceof Outcome.StaleFence) {
            return;
        }
        String branch = call.gid() + " " + call.branch();
        if (isBefore(departure, onRecord.get(branch))) {
            violations.add("fence " + call.gid() + ": " + role + " " + call.branch() + " of " + departure.incarnation()
                    + " was answered " + outcome + " although another coordinator called later");
        }
        onRecord.merge(branch, departure, (one, other) -> one.nanos() < other.nanos() ? other : one);
    }

    private static boolean isBefore(Departure departure, @Nullable Departure other) {
        return other != null && other.incarnation() != departure.incarnation() && departure.nanos() < other.nanos();
    }

    public List<String> violations() {
        return violations;
    }
}
