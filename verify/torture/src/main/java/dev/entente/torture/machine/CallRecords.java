package dev.entente.torture.machine;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The ledgers' records of the calls that arrive from now on, by transaction. For one thread. */
public final class CallRecords {
    private final Map<Ledger, Long> readUpTo = new HashMap<>();
    private final Set<String> coordinators = new HashSet<>();
    private final Map<String, List<Line>> lines = new HashMap<>();

    /**
     * One line of a record.
     *
     * @param at milliseconds since the epoch, by this machine's clock
     * @param call branch, operation and attempt: {@code "pay action 1"}
     * @param isAnswer true for an answer to the call, false for the arrival of the call
     */
    public record Line(long at, String call, boolean isAnswer) {}

    public CallRecords(TortureRig rig) throws IOException {
        for (Ledger ledger : rig.ledgers()) {
            readUpTo.put(ledger, ledger.forEachCall(Long.MAX_VALUE, _ -> {}));
        }
        for (CoordinatorNode node : rig.nodes()) {
            node.lines().ledgers().values().forEach(link -> coordinators.add(link.address()));
        }
    }

    /** Returns the coordinators' calls for this transaction, and the answers. Blocks. */
    public List<Line> of(String gid) throws IOException {
        for (Map.Entry<Ledger, Long> ledger : readUpTo.entrySet()) {
            ledger.setValue(ledger.getKey().forEachCall(ledger.getValue(), this::add));
        }
        return lines.getOrDefault(gid, List.of());
    }

    private void add(JsonObject line) {
        boolean isAnswer = line.has("answer");
        if (isAnswer || coordinators.contains(line.get("caller").getAsString())) {
            String call = "%s %s %d"
                    .formatted(
                            line.get("branch").getAsString(),
                            line.get("op").getAsString(),
                            line.get("attempt").getAsInt());
            lines.computeIfAbsent(line.get("gid").getAsString(), _ -> new ArrayList<>())
                    .add(new Line(line.get("at").getAsLong(), call, isAnswer));
        }
    }
}
