package dev.entente.simulation.reference;

import dev.entente.simulation.reference.RulePlan.Branch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rules of docs/patterns/topics.md, "Order", across transactions: each receiver gets the deliveries of an ordering
 * key one after another, in the order of acceptance.
 */
public final class QueueOrderRules {
    private final Map<String, List<Delivery>> queues = new LinkedHashMap<>();

    /** A branch of a message. */
    public record Delivery(String gid, String branch) {}

    /** Queues the deliveries of a message. Returns those that are the first of their delivery queues. */
    public List<Delivery> accepted(String gid, RulePlan plan) {
        List<Delivery> first = new ArrayList<>();
        for (Branch branch : plan.branches()) {
            if (!branch.queue().isEmpty()) {
                List<Delivery> queue = queues.computeIfAbsent(branch.queue(), _ -> new ArrayList<>());
                queue.add(new Delivery(gid, branch.id()));
                if (queue.size() == 1) {
                    first.add(queue.getFirst());
                }
            }
        }
        return first;
    }

    /** Removes a delivery that was acknowledged, skipped or dropped. Returns the deliveries that are now the first. */
    public List<Delivery> ended(String gid, String branch) {
        List<Delivery> first = new ArrayList<>();
        Delivery gone = new Delivery(gid, branch);
        for (List<Delivery> queue : queues.values()) {
            boolean wasFirst = !queue.isEmpty() && queue.getFirst().equals(gone);
            if (queue.remove(gone) && wasFirst && !queue.isEmpty()) {
                first.add(queue.getFirst());
            }
        }
        return first;
    }

    /** Removes a message that has ended or was aborted. Returns other messages' deliveries that are now first. */
    public List<Delivery> ended(String gid) {
        List<Delivery> first = new ArrayList<>();
        for (List<Delivery> queue : queues.values()) {
            boolean wasFirst = !queue.isEmpty() && queue.getFirst().gid().equals(gid);
            queue.removeIf(delivery -> delivery.gid().equals(gid));
            if (wasFirst && !queue.isEmpty()) {
                first.add(queue.getFirst());
            }
        }
        return first;
    }
}
