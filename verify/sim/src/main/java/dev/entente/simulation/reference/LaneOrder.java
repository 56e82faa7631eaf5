package dev.entente.simulation.reference;

import dev.entente.simulation.reference.RulePlan.Branch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Docs/patterns/topics.md, "Order", across transactions: each receiver gets the deliveries of a key one after another,
 * in the order in which they
 * were accepted.
 */
public final class LaneOrder {
    private final Map<String, List<Delivery>> lanes = new LinkedHashMap<>();

    /** A branch of a message. */
    public record Delivery(String gid, String branch) {}

    /** A message stands in line. Returns those of its deliveries that are the first of their lanes. */
    public List<Delivery> accepted(String gid, RulePlan plan) {
        List<Delivery> first = new ArrayList<>();
        for (Branch branch : plan.branches()) {
            if (!branch.lane().isEmpty()) {
                List<Delivery> lane = lanes.computeIfAbsent(branch.lane(), _ -> new ArrayList<>());
                lane.add(new Delivery(gid, branch.id()));
                if (lane.size() == 1) {
                    first.add(lane.getFirst());
                }
            }
        }
        return first;
    }

    /** That delivery was acknowledged, skipped or dropped. Returns those that are the first now. */
    public List<Delivery> ended(String gid, String branch) {
        List<Delivery> first = new ArrayList<>();
        Delivery gone = new Delivery(gid, branch);
        for (List<Delivery> lane : lanes.values()) {
            boolean wasFirst = !lane.isEmpty() && lane.getFirst().equals(gone);
            if (lane.remove(gone) && wasFirst && !lane.isEmpty()) {
                first.add(lane.getFirst());
            }
        }
        return first;
    }

    /** That message has ended, or was aborted. Returns the deliveries of others that are the first now. */
    public List<Delivery> ended(String gid) {
        List<Delivery> first = new ArrayList<>();
        for (List<Delivery> lane : lanes.values()) {
            boolean wasFirst = !lane.isEmpty() && lane.getFirst().gid().equals(gid);
            lane.removeIf(delivery -> delivery.gid().equals(gid));
            if (wasFirst && !lane.isEmpty()) {
                first.add(lane.getFirst());
            }
        }
        return first;
    }
}
