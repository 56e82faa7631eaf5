package dev.entente.core.plan;

import static dev.entente.core.plan.Plans.NOW;
import static dev.entente.core.plan.Plans.call;
import static dev.entente.core.plan.Plans.found;
import static dev.entente.core.plan.Plans.message;
import static dev.entente.core.plan.Plans.nested;
import static dev.entente.core.plan.Plans.reading;
import static dev.entente.core.plan.Plans.saga;
import static dev.entente.core.plan.Plans.step;
import static dev.entente.core.plan.Plans.tcc;
import static dev.entente.core.plan.Plans.tccBranch;
import static dev.entente.core.plan.Plans.twoPhase;
import static dev.entente.core.plan.Plans.withBody;
import static dev.entente.core.plan.Plans.withCompletion;
import static dev.entente.core.plan.Plans.withForward;
import static dev.entente.core.plan.Plans.withPolicy;
import static dev.entente.core.plan.Plans.withUndo;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.decision.Sketch;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Each bound of a plan: values at the bound, and values one step beyond. */
class PlanBoundsTest {
    private static final Duration MILLI = Duration.ofMillis(1);
    private static final Duration WEEK = Duration.ofDays(7);

    private static CallPolicy policy(
            Duration timeout, int attempts, Duration first, Duration most, double multiplier, List<Duration> schedule) {
        return new CallPolicy(timeout, attempts, first, most, multiplier, schedule);
    }

    private static boolean isValid(Duration timeout, int attempts, Duration first, Duration most, double multiplier) {
        return isValid(policy(timeout, attempts, first, most, multiplier, List.of()));
    }

    private static boolean isValid(List<Duration> schedule) {
        return isValid(policy(MILLI, 1, MILLI, MILLI, 1, schedule));
    }

    private static boolean isValid(CallPolicy policy) {
        boolean isValid = PlanCheck.isValid(policy);
        assertThat(PlanCheck.policyError(policy).isEmpty())
                .as("there is a finding")
                .isEqualTo(isValid);
        return isValid;
    }

    @Test
    void a_policy_at_its_bounds_is_valid() {
        assertThat(isValid(MILLI, 1, MILLI, MILLI, 1)).isTrue();
        assertThat(isValid(Duration.ofHours(1), 1000, WEEK, WEEK, 100)).isTrue();
    }

    @Test
    void a_policy_just_beyond_a_bound_is_invalid() {
        Duration hour = Duration.ofHours(1);
        assertThat(isValid(MILLI.minusNanos(1), 1, MILLI, MILLI, 1)).isFalse();
        assertThat(isValid(hour.plusNanos(1), 1, MILLI, MILLI, 1)).isFalse();
        assertThat(isValid(MILLI, 0, MILLI, MILLI, 1)).isFalse();
        assertThat(isValid(MILLI, 1001, MILLI, MILLI, 1)).isFalse();
        assertThat(isValid(MILLI, 1, MILLI.minusNanos(1), MILLI, 1)).isFalse();
        assertThat(isValid(MILLI, 1, MILLI.plusNanos(1), MILLI, 1)).isFalse();
        assertThat(isValid(MILLI, 1, MILLI, WEEK.plusNanos(1), 1)).isFalse();
        assertThat(isValid(MILLI, 1, MILLI, MILLI, 0.99)).isFalse();
        assertThat(isValid(MILLI, 1, MILLI, MILLI, 100.01)).isFalse();
        assertThat(isValid(MILLI, 1, MILLI, MILLI, Double.NaN)).isFalse();
        assertThat(isValid(MILLI, 1, MILLI, MILLI, Double.POSITIVE_INFINITY)).isFalse();
    }

    @Test
    void a_schedule_has_at_most_a_hundred_pauses_each_within_its_bounds() {
        assertThat(isValid(Collections.nCopies(100, WEEK))).isTrue();
        assertThat(isValid(List.of(MILLI))).isTrue();
        assertThat(isValid(Collections.nCopies(101, MILLI))).isFalse();
        assertThat(isValid(List.of(MILLI, MILLI.minusNanos(1)))).isFalse();
        assertThat(isValid(List.of(MILLI, WEEK.plusNanos(1)))).isFalse();
    }

    @Test
    void a_message_about_a_policy_lists_only_the_invalid_values() {
        CallPolicy policy = policy(Duration.ofHours(2), 1001, MILLI, WEEK, 3, List.of());

        assertThat(PlanCheck.policyError(policy))
                .as("and nothing of what is right")
                .isEqualTo("timeout PT2H must be 1 ms to 1 h; max_attempts 1001 must be 1 to 1000");
    }

    @Test
    void a_message_about_a_policy_names_the_invalid_pause() {
        Duration nothing = Duration.ZERO;
        assertThat(PlanCheck.policyError(policy(MILLI, 1, MILLI, WEEK.plusNanos(1), 1, List.of())))
                .isEqualTo("max_backoff PT168H0.000000001S must be 1 ms to 7 days");
        assertThat(PlanCheck.policyError(policy(MILLI, 1, MILLI, nothing, 1, List.of())))
                .isEqualTo("max_backoff PT0S must be 1 ms to 7 days");
        assertThat(PlanCheck.policyError(policy(MILLI, 1, nothing, MILLI, 1, List.of())))
                .isEqualTo("first_backoff PT0S must be at least 1 ms");
        assertThat(PlanCheck.policyError(policy(MILLI, 1, WEEK, MILLI, 1, List.of())))
                .isEqualTo("first_backoff PT168H is longer than max_backoff PT0.001S: shorten first_backoff, or"
                        + " lengthen max_backoff");
    }

    @Test
    void labels_payloads_and_branch_counts_at_their_bounds_are_valid() {
        Map<String, String> labels = new HashMap<>();
        IntStream.range(0, 16).forEach(i -> labels.put("k" + i, "v".repeat(256)));
        assertThat(found(headed("name", labels, null))).isEmpty();
        assertThat(found(headed("name", Map.of("azAZ09._/-", ""), null))).isEmpty();

        Limits small = new Limits(4, 1 << 20, 2, 16, 8, Duration.ofDays(30));
        Branch four = withForward(step("a"), withBody(ByteString.copyFromUtf8("\u0001\u0001\u0001\u0001")));
        assertThat(found(saga(four), small)).noneMatch(finding -> finding.startsWith("ENT-023"));
        assertThat(found(saga(step("a"), step("b", "a")), small)).isEmpty();
    }

    @Test
    void names_are_checked_at_their_bounds() {
        assertThat(Names.isName("az09._-")).isTrue();
        assertThat(Names.isName("a".repeat(64))).isTrue();
        assertThat(Names.isName("a".repeat(65))).isFalse();
        assertThat(Names.isName("")).isFalse();
        assertThat(Names.isName("`")).isFalse();
        assertThat(Names.isName("{")).isFalse();
        assertThat(Names.isName("/")).isFalse();
        assertThat(Names.isName(":")).isFalse();
        assertThat(Names.isName("A")).isFalse();
        assertThat(Names.isGid("AZ")).isTrue();
        assertThat(Names.isGid("@")).isFalse();
        assertThat(Names.isGid("[")).isFalse();
        assertThat(Names.isGid("g".repeat(128))).isTrue();
        assertThat(Names.isGid("g".repeat(129))).isFalse();
        assertThat(Names.isLabel("k", "v".repeat(257))).isFalse();
    }

    @Test
    void a_nested_name_has_at_most_256_characters_and_each_part_is_a_name() {
        String long62 = "p".repeat(62);
        String parent = String.join("/", long62, long62, long62, long62);
        assertThat(Names.isBranchId(nested(parent, "abcd"))).isTrue();
        assertThat(Names.isBranchId(nested(parent, "abcde"))).isFalse();
        assertThat(Names.isBranchId(nested("hotel/A", "room"))).isFalse();
        assertThat(Names.isBranchId(nested("A/hotel", "room"))).isFalse();
        assertThat(Names.isBranchId(nested("hotel", "Room"))).isFalse();
    }

    @Test
    void a_long_text_is_shortened_to_80_characters() {
        assertThat(Names.shortened("x".repeat(80))).isEqualTo("x".repeat(80));
        assertThat(Names.shortened("x".repeat(81))).isEqualTo("x".repeat(80) + "…");
    }

    @Test
    void a_check_back_is_required_in_begun_messages_and_refused_in_submitted_messages() {
        assertThat(begun(message(step("delivery-1")))).isNotEmpty();
        Plan checked = Sketch.message(Sketch.step("delivery-1")).checkedBack(3).plan();
        assertThat(begun(checked)).isEmpty();
        assertThat(found(checked)).containsExactly("ENT-001 plan.message.check_back");
    }

    @Test
    void a_begun_plan_has_no_start_time_and_no_branches() {
        Plan empty = new Plan(Pattern.TCC, "name", Map.of(), null, null, null, List.of());
        assertThat(begun(empty)).isEmpty();
        Plan later = new Plan(Pattern.TCC, "name", Map.of(), null, Instant.EPOCH, null, List.of());
        assertThat(begun(later)).containsExactly("ENT-022 plan.start_time");
        assertThat(begun(tcc(tccBranch("a")))).containsExactly("ENT-012 plan");
        assertThat(begun(saga(step("a")))).containsExactly("ENT-012 plan");
        assertThat(begun(saga())).containsExactly("ENT-012 plan");
    }

    private static List<String> begun(Plan plan) {
        return Plans.texts(PlanCheck.checkBegun(plan, Limits.STANDARD, NOW));
    }

    private static Plan headed(String name, Map<String, String> labels, @Nullable Duration deadline) {
        Branch branch = withForward(step("a"), call(Role.FORWARD));
        return new Plan(Pattern.SAGA, name, labels, deadline, null, null, List.of(branch));
    }

    @Test
    void the_longest_deadline_is_a_hundred_years() {
        Duration most = Duration.ofDays(36_500);
        assertThat(found(headed("name", Map.of(), most))).containsExactly("warning ENT-022 plan.deadline");
        assertThat(found(headed("name", Map.of(), most.plusNanos(1))))
                .containsExactly("ENT-022 plan.deadline", "warning ENT-022 plan.deadline");
    }

    @Test
    void a_pre_commit_does_not_count_as_a_branch() {
        Limits one = new Limits(1 << 20, 4 << 20, 1, 16, 64L << 20, Duration.ofDays(30));
        Branch second = Branch.preCommit("a", call(Role.FORWARD), List.of("a"));
        assertThat(found(twoPhase(tccBranch("a"), second), one)).isEmpty();
    }

    @Test
    void a_begun_plan_has_a_valid_name() {
        assertThat(begun(new Plan(Pattern.TCC, "No name", Map.of(), null, null, null, List.of())))
                .containsExactly("ENT-011 plan.name");
    }

    @Test
    void each_delivery_of_a_begun_message_is_checked() {
        Plan plan = Sketch.message(Sketch.step("delivery-1")).checkedBack(3).plan();
        Branch question = plan.branches().getFirst();
        Branch delivery = plan.branches().getLast();
        Branch reader = withForward(delivery, call(Role.FORWARD, reading(question.id(), 1)));
        CallPolicy invalid = policy(MILLI, 0, MILLI, MILLI, 1, List.of());
        assertThat(begun(plan.of(List.of(question, withForward(delivery, withPolicy(invalid))))))
                .containsExactly("ENT-022 plan.message.deliveries[0].policy");
        assertThat(begun(plan.of(List.of(question, reader))))
                .containsExactly("ENT-018 plan.message.deliveries[0].bind[0].from");
        Plan kept = Sketch.message(Sketch.step("delivery-1"))
                .checkedBack(3)
                .result("delivery-1")
                .plan();
        Limits small = new Limits(10, 1000, 2, 1, 9, Duration.ofDays(30));
        assertThat(Plans.texts(PlanCheck.checkBegun(kept, small, NOW))).containsExactly("ENT-023 plan");
    }

    @Test
    void each_operation_of_a_registered_branch_is_checked() {
        CallPolicy invalid = policy(MILLI, 0, MILLI, MILLI, 1, List.of());
        assertThat(joining(withForward(tccBranch("a"), withPolicy(invalid)))).containsExactly("ENT-022 tcc.try.policy");
        assertThat(joining(withUndo(tccBranch("a"), withPolicy(invalid)))).containsExactly("ENT-022 tcc.cancel.policy");
        assertThat(joining(withCompletion(
                        tccBranch("a"), withBody(ByteString.copyFromUtf8("no message"), reading("a", 1)))))
                .containsExactly("ENT-001 tcc.confirm.raw");
    }

    private static List<String> joining(Branch branch) {
        return Plans.texts(PlanCheck.checkBranch(branch, Limits.STANDARD));
    }
}
