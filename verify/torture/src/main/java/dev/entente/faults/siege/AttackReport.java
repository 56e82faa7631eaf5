package dev.entente.faults.siege;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * The end of one attack.
 *
 * @param tries connections, calls and floods that the attacker made
 * @param broke what was not refused, or failed for the good client
 * @param p99Ratio the good client's slowest per cent, beside quiet
 * @param rssRatio resident memory, beside quiet
 * @param livezMillis the slowest answer
 * @param isLivezAnswered whether all were answered
 * @param isLeaseLost whether a coordinator was declared dead, or began another life
 */
record AttackReport(
        String name,
        long tries,
        List<String> broke,
        double p99Ratio,
        double rssRatio,
        long livezMillis,
        boolean isLivezAnswered,
        boolean isLeaseLost,
        double logLinesPerSecond) {
    private static final double MOST_P99 = 3;
    private static final double MOST_RSS = 1.25;
    private static final double MOST_LINES = 10;
    private static final long MOST_LIVEZ_MILLIS = 1000;

    /** Tells what does not hold; empty where all does. */
    List<String> complaints(boolean isTimed) {
        List<String> complaints = new ArrayList<>(broke);
        if (tries == 0) {
            complaints.add("the attacker did nothing");
        }
        if (isLeaseLost) {
            complaints.add("the lease was lost");
        }
        if (!isLivezAnswered) {
            complaints.add("/livez did not answer");
        }
        if (rssRatio > MOST_RSS) {
            complaints.add("resident memory grew to %.2f of quiet".formatted(rssRatio));
        }
        if (logLinesPerSecond > MOST_LINES) {
            complaints.add("%.0f log lines a second".formatted(logLinesPerSecond));
        }
        if (isTimed && p99Ratio > MOST_P99) {
            complaints.add("the good client's p99 was %.1f times that of quiet".formatted(p99Ratio));
        }
        if (isTimed && livezMillis > MOST_LIVEZ_MILLIS) {
            complaints.add("/livez took " + livezMillis + " ms");
        }
        return complaints;
    }

    JsonObject toJson(boolean isTimed) {
        JsonObject json = new JsonObject();
        List<String> complaints = complaints(isTimed);
        json.addProperty("name", name);
        json.addProperty("held", complaints.isEmpty());
        json.addProperty("tries", tries);
        json.addProperty("good_p99_ratio", rounded(p99Ratio));
        json.addProperty("rss_ratio", rounded(rssRatio));
        json.addProperty("livez_ms", livezMillis);
        json.addProperty("lease_lost", isLeaseLost);
        json.addProperty("log_lines_per_s", rounded(logLinesPerSecond));
        json.add("complaints", new Gson().toJsonTree(complaints));
        return json;
    }

    private static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }

    String toText(boolean isTimed) {
        List<String> complaints = complaints(isTimed);
        return "%-22s %-6s %9d %8.2f %8.2f %8d %8.1f %s"
                .formatted(
                        name,
                        complaints.isEmpty() ? "held" : "BROKE",
                        tries,
                        p99Ratio,
                        rssRatio,
                        livezMillis,
                        logLinesPerSecond,
                        String.join("; ", complaints));
    }
}
