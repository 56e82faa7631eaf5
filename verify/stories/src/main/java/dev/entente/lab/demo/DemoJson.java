package dev.entente.lab.demo;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.lab.judge.Invariant;
import dev.entente.v1.BranchStatus;
import java.util.List;
import java.util.Objects;

/** The demo's one JSON object; its shape is documented with the command. */
final class DemoJson {
    private static final Gson PRETTY =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private DemoJson() {}

    static String of(List<Result> results) {
        JsonObject root = new JsonObject();
        root.addProperty("ok", results.stream().allMatch(Result::holds));
        JsonArray scenarios = new JsonArray();
        results.forEach(result -> scenarios.add(scenario(result)));
        root.add("scenarios", scenarios);
        root.add("recovery", recovery(results));
        return PRETTY.toJson(root);
    }

    private static JsonObject scenario(Result result) {
        JsonObject scenario = new JsonObject();
        scenario.addProperty("name", result.name());
        scenario.addProperty("gid", result.gid());
        JsonObject endings = new JsonObject();
        result.endings().forEach(endings::addProperty);
        scenario.add("final", endings);
        JsonArray kills = new JsonArray();
        result.kills().forEach(kill -> kills.add(kill(kill)));
        scenario.add("kills", kills);
        JsonArray invariants = new JsonArray();
        result.invariants().forEach(invariant -> invariants.add(invariant(invariant)));
        scenario.add("invariants", invariants);
        JsonArray branches = new JsonArray();
        result.branches().forEach(branch -> branches.add(branch(branch)));
        scenario.add("branches", branches);
        return scenario;
    }

    private static JsonObject kill(Result.Kill kill) {
        JsonObject json = new JsonObject();
        json.addProperty("at_ms", kill.atMs());
        json.addProperty("what", kill.what());
        return json;
    }

    private static JsonObject invariant(Invariant invariant) {
        JsonObject json = new JsonObject();
        json.addProperty("name", invariant.name());
        json.addProperty("holds", invariant.holds());
        json.addProperty("checked", invariant.checked());
        return json;
    }

    private static JsonObject branch(BranchStatus branch) {
        JsonObject json = new JsonObject();
        json.addProperty("id", branch.getId());
        json.addProperty("state", branch.getState().name());
        json.addProperty("attempts", branch.getAttempts());
        return json;
    }

    private static JsonObject recovery(List<Result> results) {
        Result.Recovery recovery = results.stream()
                .map(Result::recovery)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(Result.Recovery.NONE);
        JsonObject json = new JsonObject();
        json.addProperty("open_at_kill", recovery.openAtKill());
        json.addProperty("finished", recovery.finished());
        json.addProperty("lost", recovery.lost());
        json.addProperty("contradictions", recovery.contradictions());
        return json;
    }
}
