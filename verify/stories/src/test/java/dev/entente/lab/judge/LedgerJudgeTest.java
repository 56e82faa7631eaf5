package dev.entente.lab.judge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.demo.ShopService;
import dev.entente.v1.Pattern;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class LedgerJudgeTest {
    private static final Claim SAGA = new Claim("g", Pattern.SAGA, Set.of("a", "b"), Claim.End.SUCCEEDED);
    private static final Claim TCC = new Claim("g", Pattern.TCC, Set.of("a"), Claim.End.SUCCEEDED);

    @Test
    void a_saga_that_did_every_action_once_is_clean() {
        assertThat(LedgerJudge.of(List.of(SAGA), List.of(effect("a", "action"), effect("b", "action")))
                        .clean())
                .isTrue();
    }

    @Test
    void a_saga_that_claims_success_without_an_action_contradicts_itself() {
        assertThat(LedgerJudge.of(List.of(SAGA), List.of(effect("a", "action"))).contradictions())
                .isOne();
    }

    @Test
    void a_saga_that_succeeded_and_compensated_contradicts_itself() {
        List<ParticipantEffect> effects =
                List.of(effect("a", "action"), effect("b", "action"), effect("b", "compensate"));
        assertThat(LedgerJudge.of(List.of(SAGA), effects).contradictions()).isOne();
    }

    @Test
    void an_aborted_saga_has_a_compensation_for_each_action() {
        Claim aborted = new Claim("g", Pattern.SAGA, Set.of("a", "b"), Claim.End.ABORTED);
        assertThat(LedgerJudge.of(List.of(aborted), List.of(effect("a", "action"), effect("a", "compensate")))
                        .clean())
                .isTrue();
        assertThat(LedgerJudge.of(List.of(aborted), List.of()).clean()).isTrue();
        assertThat(LedgerJudge.of(List.of(aborted), List.of(effect("a", "action")))
                        .contradictions())
                .isOne();
        assertThat(LedgerJudge.of(List.of(aborted), List.of(effect("a", "compensate")))
                        .contradictions())
                .isOne();
    }

    @Test
    void an_effect_that_happened_twice_is_a_duplicate() {
        LedgerVerdict verdict = LedgerJudge.of(
                List.of(SAGA), List.of(effect("a", "action"), effect("a", "action"), effect("b", "action")));
        assertThat(verdict.duplicateEffects()).isOne();
        assertThat(verdict.clean()).isFalse();
    }

    @Test
    void a_tcc_transaction_is_confirmed_or_cancelled_never_both() {
        assertThat(LedgerJudge.of(List.of(TCC), List.of(effect("a", "try"), effect("a", "confirm")))
                        .clean())
                .isTrue();
        assertThat(LedgerJudge.of(List.of(TCC), List.of(effect("a", "try"))).contradictions())
                .isOne();
        assertThat(LedgerJudge.of(
                                List.of(TCC),
                                List.of(effect("a", "try"), effect("a", "confirm"), effect("a", "cancel")))
                        .contradictions())
                .isOne();
        Claim aborted = new Claim("g", Pattern.TCC, Set.of("a"), Claim.End.ABORTED);
        assertThat(LedgerJudge.of(List.of(aborted), List.of(effect("a", "try"), effect("a", "cancel")))
                        .clean())
                .isTrue();
        assertThat(LedgerJudge.of(List.of(aborted), List.of(effect("a", "try"), effect("a", "confirm")))
                        .contradictions())
                .isOne();
    }

    @Test
    void what_is_lost_is_counted_and_what_is_parked_is_not_judged() {
        Claim lost = new Claim("l", Pattern.SAGA, Set.of("a"), Claim.End.LOST);
        Claim parked = new Claim("p", Pattern.SAGA, Set.of("a"), Claim.End.PARKED);
        LedgerVerdict verdict = LedgerJudge.of(
                List.of(lost, parked), List.of(new ParticipantEffect(ShopService.STOCK, "p", "a", "action", "m")));
        assertThat(verdict.lost()).isOne();
        assertThat(verdict.contradictions()).isZero();
    }

    @Test
    void effects_of_a_transaction_that_was_never_accepted_contradict() {
        assertThat(LedgerJudge.of(List.of(), List.of(effect("a", "action"))).contradictions())
                .isOne();
    }

    @Test
    void what_was_prepared_shows_only_where_it_was_committed() {
        Claim committed = new Claim("g", Pattern.TWO_PHASE, Set.of("a"), Claim.End.SUCCEEDED);
        Claim rolledBack = new Claim("g", Pattern.TWO_PHASE, Set.of("a"), Claim.End.ABORTED);
        assertThat(LedgerJudge.of(List.of(committed), List.of(effect("a", "prepare")))
                        .clean())
                .isTrue();
        assertThat(LedgerJudge.of(List.of(committed), List.of()).contradictions())
                .isOne();
        assertThat(LedgerJudge.of(List.of(rolledBack), List.of()).clean()).isTrue();
        assertThat(LedgerJudge.of(List.of(rolledBack), List.of(effect("a", "prepare")))
                        .contradictions())
                .isOne();
    }

    @Test
    void effects_of_a_derived_gid_belong_to_the_transaction_that_it_was_derived_from() {
        assertThat(LedgerJudge.of(
                                List.of(SAGA),
                                List.of(
                                        effect("a", "action"),
                                        effect("b", "action"),
                                        new ParticipantEffect(ShopService.STOCK, "g/mail", "c", "deliver", "m")))
                        .clean())
                .isTrue();
    }

    private static ParticipantEffect effect(String branch, String op) {
        return new ParticipantEffect(ShopService.STOCK, "g", branch, op, "StockService/Reserve");
    }
}
