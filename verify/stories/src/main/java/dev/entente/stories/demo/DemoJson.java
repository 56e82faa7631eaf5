package dev.entente.stories.demo;

import dev.entente.rig.Json;
import java.util.List;
import java.util.Objects;

/** The demo's JSON output. {@link DemoCommand} documents its shape. */
final class DemoJson {
    private DemoJson() {}

    static String of(List<Result> results) {
        return Json.pretty(Json.object(
                "ok", results.stream().allMatch(Result::holds),
                "scenarios", results.stream().map(DemoJson::scenario).toList(),
                "recovery", recovery(results)));
    }

    private static Object scenario(Result result) {
        return Json.object(
                "name",
                result.name(),
                "gid",
                result.gid(),
                "final",
                result.endings(),
                "kills",
                result.kills().stream()
                        .map(kill -> Json.object("at_ms", kill.atMs(), "what", kill.what()))
                        .toList(),
                "invariants",
                result.invariants().stream()
                        .map(each -> Json.object("name", each.name(), "holds", each.holds(), "checked", each.checked()))
                        .toList(),
                "branches",
                result.branches().stream()
                        .map(each -> Json.object(
                                "id", each.getId(), "state", each.getState().name(), "attempts", each.getAttempts()))
                        .toList());
    }

    private static Object recovery(List<Result> results) {
        Result.Recovery recovery = results.stream()
                .map(Result::recovery)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(Result.Recovery.NONE);
        return Json.object(
                "open_at_kill", recovery.openAtKill(),
                "finished", recovery.finished(),
                "lost", recovery.lost(),
                "contradictions", recovery.contradictions());
    }
}
