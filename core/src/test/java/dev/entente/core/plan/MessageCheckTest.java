package dev.entente.core.plan;

import static dev.entente.core.plan.Plans.NOW;
import static dev.entente.core.plan.Plans.call;
import static dev.entente.core.plan.Plans.found;
import static dev.entente.core.plan.Plans.message;
import static dev.entente.core.plan.Plans.texts;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.MessageTerms;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Topics, keys and check-backs of messages, and the names of their subscribers. */
final class MessageCheckTest {
    private static final String CHECK = "plan.message.check_back_policy.first_after";

    private static Branch delivery(String id) {
        return new Branch(id, null, call(Role.FORWARD), null, null, List.of(), Branch.Commitment.NONE);
    }

    private static Plan of(MessageTerms terms, Branch... branches) {
        return new Plan(Pattern.MESSAGE, "test", Map.of(), null, null, null, List.of(branches)).withTerms(terms);
    }

    private static List<String> withKey(String key) {
        return found(of(new MessageTerms(null, Map.of(), key), delivery("delivery-1")));
    }

    private static List<String> withTopics(String... topics) {
        Map<String, String> named = new TreeMap<>();
        List<Branch> deliveries = new ArrayList<>();
        for (String topic : topics) {
            String id = "delivery-" + (named.size() + 1);
            named.put(id, topic);
            deliveries.add(delivery(id + ".subscriber"));
        }
        return found(of(new MessageTerms(null, named, ""), deliveries.toArray(Branch[]::new)));
    }

    private static List<String> begun(@Nullable Duration firstAfter, @Nullable Instant start, Branch... branches) {
        MessageTerms terms = new MessageTerms(firstAfter, Map.of(), "");
        Plan plan = new Plan(Pattern.MESSAGE, "test", Map.of(), null, start, null, List.of(branches)).withTerms(terms);
        return texts(PlanCheck.checkBegun(plan, Limits.STANDARD, NOW));
    }

    private static Branch checkBack() {
        return new Branch(Branch.CHECK_BACK, null, call(Role.FORWARD), null, null, List.of(), Branch.Commitment.PIVOT);
    }

    private static Branch afterCheckBack(String id) {
        return new Branch(id, null, call(Role.FORWARD), null, null, List.of(Branch.CHECK_BACK), Branch.Commitment.NONE);
    }

    @Test
    void a_key_has_at_most_256_characters_and_no_control_characters() {
        assertThat(withKey("k".repeat(256))).isEmpty();
        assertThat(withKey("k".repeat(257))).containsExactly("ENT-011 plan.message.ordering_key");
        assertThat(withKey("a\nb")).containsExactly("ENT-011 plan.message.ordering_key");
    }

    @Test
    void a_topic_has_a_valid_name_and_occurs_once() {
        assertThat(withTopics("orders", "payments")).isEmpty();
        assertThat(withTopics("Orders")).containsExactly("ENT-011 plan.message.deliveries");
        assertThat(withTopics("orders", "orders")).containsExactly("ENT-013 plan.message.deliveries");
    }

    @Test
    void a_begun_message_has_a_check_back_and_a_delivery() {
        assertThat(begun(null, null, checkBack(), afterCheckBack("delivery-1"))).isEmpty();
        assertThat(begun(null, null, checkBack())).containsExactly("ENT-012 plan.message");
        assertThat(begun(null, null, delivery("delivery-1"), delivery("delivery-2")))
                .containsExactly("ENT-012 plan.message");
    }

    @Test
    void a_topic_without_subscribers_counts_as_a_delivery() {
        MessageTerms terms = new MessageTerms(null, Map.of("delivery-1", "orders"), "");
        assertThat(texts(PlanCheck.checkBegun(of(terms, checkBack()), Limits.STANDARD, NOW)))
                .isEmpty();
    }

    @Test
    void a_begun_message_has_no_start_time() {
        assertThat(begun(null, NOW, checkBack(), afterCheckBack("delivery-1"))).contains("ENT-022 plan.start_time");
    }

    @Test
    void the_first_check_back_is_due_after_zero_to_a_hundred_years() {
        Duration century = Duration.ofDays(36_500);
        assertThat(begun(Duration.ZERO, null, checkBack(), afterCheckBack("delivery-1")))
                .isEmpty();
        assertThat(begun(century, null, checkBack(), afterCheckBack("delivery-1")))
                .isEmpty();
        assertThat(begun(Duration.ofNanos(-1), null, checkBack(), afterCheckBack("delivery-1")))
                .containsExactly("ENT-022 " + CHECK);
        assertThat(begun(century.plusNanos(1), null, checkBack(), afterCheckBack("delivery-1")))
                .containsExactly("ENT-022 " + CHECK);
    }

    @Test
    void a_subscriber_has_at_most_48_characters() {
        assertThat(texts(MessageCheck.checkSubscription("orders", "s".repeat(48))))
                .isEmpty();
        assertThat(texts(MessageCheck.checkSubscription("orders", "s".repeat(49))))
                .containsExactly("ENT-011 subscriber");
        assertThat(texts(MessageCheck.checkSubscription("Orders", "Shop")))
                .containsExactly("ENT-011 topic", "ENT-011 subscriber");
    }

    @Test
    void the_path_of_a_branch_names_its_delivery_in_the_message() {
        Plan plan = of(
                new MessageTerms(null, Map.of("delivery-2", "orders"), ""),
                checkBack(),
                afterCheckBack("delivery-1"),
                afterCheckBack("delivery-2.shop"),
                afterCheckBack("delivery-2.stock"),
                afterCheckBack("other"));
        assertThat(at(plan, 0)).isEqualTo("plan.message.check_back.http");
        assertThat(at(plan, 1)).isEqualTo("plan.message.deliveries[0].http");
        assertThat(at(plan, 2)).isEqualTo("plan.message.deliveries[1].http");
        assertThat(at(plan, 3)).isEqualTo("plan.message.deliveries[1].http");
        assertThat(at(plan, 4)).isEqualTo("plan.message.deliveries[3].http");
        assertThat(at(message(delivery("x"), delivery("y")), 1)).isEqualTo("plan.message.deliveries[1].http");
    }

    private static String at(Plan plan, int branch) {
        return PlanPath.of(plan, branch, Role.FORWARD).field(".http");
    }
}
