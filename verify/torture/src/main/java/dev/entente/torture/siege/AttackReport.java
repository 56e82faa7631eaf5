package dev.entente.torture.siege;

import dev.entente.rig.Json;
import java.util.ArrayList;
import java.util.List;

/**
 * The result of one attack.
 *
 * @param tries connections, calls and floods of the attacker
 * @param broke requests that were not refused, and failures of the good client
 * @param rssRatio resident memory, relative to the quiet phase
 * @param isLivezAnswered whether /livez answered every time
 * @param isLeaseLost whether a coordinator was declared dead, or has a new incarnation
 */
record AttackReport(
        String name, long tries, List<String> broke, double rssRatio, boolean isLivezAnswered, boolean isLeaseLost) {
    private static final double MAX_RSS = 1.25;

    /** Returns a text for each failed check; empty if all checks passed. */
    List<String> complaints() {
        List<String> complaints = new ArrayList<>(broke);
        if (isLeaseLost) {
            complaints.add("the lease was lost");
        }
        if (!isLivezAnswered) {
            complaints.add("/livez did not respond");
        }
        if (rssRatio > MAX_RSS) {
            complaints.add("resident memory grew to %.2f times the value without an attack".formatted(rssRatio));
        }
        return complaints;
    }

    Object toJson() {
        return Json.object(
                "name",
                name,
                "held",
                complaints().isEmpty(),
                "tries",
                tries,
                "rss_ratio",
                Math.round(rssRatio * 100) / 100.0,
                "lease_lost",
                isLeaseLost,
                "complaints",
                complaints());
    }

    String toText() {
        List<String> complaints = complaints();
        return "%-22s %-6s %9d %8.2f %s"
                .formatted(
                        name, complaints.isEmpty() ? "held" : "BROKE", tries, rssRatio, String.join("; ", complaints));
    }
}
