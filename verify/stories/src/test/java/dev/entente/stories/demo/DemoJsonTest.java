package dev.entente.stories.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.entente.stories.judge.Invariant;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DemoJsonTest {
    @Test
    void a_result_is_written_in_the_documented_shape() {
        Result result = new Result("recovery");
        result.report(Transaction.newBuilder()
                .setGid("g-1")
                .setState(Transaction.State.SUCCEEDED)
                .addBranches(BranchStatus.newBuilder()
                        .setId("charge")
                        .setState(BranchStatus.State.DONE)
                        .setAttempts(2))
                .build());
        result.count("SUCCEEDED");
        result.killed(new Result.Kill(12, "coordinator"));
        result.check(new Invariant("all is well", true, 160, ""));
        result.recovered(new Result.Recovery(90, 160, 0, 0));
        assertThat(JsonParser.parseString(DemoJson.of(List.of(result)))).isEqualTo(JsonParser.parseString("""
            {"ok":true,"scenarios":[{"name":"recovery","gid":"g-1","final":{"SUCCEEDED":2},
             "kills":[{"at_ms":12,"what":"coordinator"}],
             "invariants":[{"name":"all is well","holds":true,"checked":160}],
             "branches":[{"id":"charge","state":"DONE","attempts":2}]}],
             "recovery":{"open_at_kill":90,"finished":160,"lost":0,"contradictions":0}}\
            """));
    }

    @Test
    void a_result_without_checks_or_with_a_failed_check_does_not_hold() {
        assertThat(new Result("nothing").holds()).isFalse();
        Result broken = new Result("broken");
        broken.check(new Invariant("holds", true, 1, ""));
        broken.check(new Invariant("does not", false, 1, ""));
        assertThat(broken.holds()).isFalse();
        assertThat(DemoJson.of(List.of(broken))).contains("\"ok\": false");
    }
}
