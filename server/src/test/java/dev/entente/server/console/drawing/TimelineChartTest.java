package dev.entente.server.console.drawing;

import static dev.entente.server.console.ShownTransactions.at;
import static dev.entente.server.console.ShownTransactions.call;
import static dev.entente.server.console.ShownTransactions.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.console.ShownTransactions;
import dev.entente.server.console.drawing.TimelineChart.Bar;
import dev.entente.server.console.drawing.TimelineChart.Mark;
import dev.entente.server.console.drawing.TimelineChart.Phase;
import dev.entente.server.console.drawing.TimelineChart.Track;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.Transaction;
import java.time.Duration;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TimelineChartTest {
    private static final Call.Outcome NONE = Call.Outcome.OUTCOME_UNSPECIFIED;

    private static Track track(TimelineChart timeline, String id) {
        return timeline.tracks().stream()
                .filter(track -> track.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static TimelineChart wide(Transaction.Builder transaction, long now) {
        return TimelineChart.of(transaction.build(), at(now), TimelineChart.PlotArea.WIDE);
    }

    private static int place(TimelineChart timeline, long millis) {
        return timeline.scale().x(ShownTransactions.T0 + millis);
    }

    @Test
    void a_compensated_saga_shows_attempts_decision_and_undo_to_scale() {
        Transaction.Builder saga = ShownTransactions.example("saga");
        call(saga, 100, "reserve", "action", Call.Outcome.OK);
        call(saga, 200, "pay", "action", Call.Outcome.UNKNOWN);
        call(saga, 400, "pay", "action", Call.Outcome.REJECTED);
        event(saga.setState(Transaction.State.UNDOING), 400, "DECIDED", "", "", NONE);
        call(saga, 500, "reserve", "compensate", Call.Outcome.OK);
        event(saga.setState(Transaction.State.ABORTED).setTerminal(true), 500, "FINISHED", "", "", NONE);

        TimelineChart timeline = wide(saga, 9_000_000);

        Track pay = track(timeline, "pay");
        Track reserve = track(timeline, "reserve");
        assertThat(pay.marks()).extracting(Mark::tone).containsExactly(StatusStyle.BAD, StatusStyle.BAD);
        assertThat(reserve.marks()).extracting(Mark::tone).containsExactly(StatusStyle.GOOD, StatusStyle.BACK);
        assertThat(reserve.bars()).extracting(Bar::phase).containsExactly(Phase.FORWARD, Phase.UNDO);
        assertThat(pay.bars().getFirst().x())
                .as("pay may be called when reserve is done")
                .isEqualTo(reserve.marks().getFirst().x());
        assertThat(timeline.rules()).hasSize(1);
        int tenth = pay.marks().getFirst().x() - reserve.marks().getFirst().x();
        assertThat(pay.marks().getLast().x() - pay.marks().getFirst().x()).isEqualTo(2 * tenth);
        assertThat(timeline.scale().cuts()).isEmpty();
    }

    @Test
    void a_wait_of_days_is_cut_and_milliseconds_stay_visible() {
        long days = Duration.ofDays(3).toMillis();
        Transaction.Builder saga = ShownTransactions.example("approval");
        call(saga, 40, "reserve", "action", Call.Outcome.OK);
        event(saga, 41, "APPROVAL_ASKED", "manager", "approval", NONE);
        event(saga, days, "APPROVAL_DECIDED", "manager", "approval", Call.Outcome.OK);
        call(saga, days + 60, "pay", "action", Call.Outcome.OK);
        saga.setTerminal(true);

        TimelineChart timeline = wide(saga, 0);

        TimeScale.Cut cut = timeline.scale().cuts().getFirst();
        assertThat(timeline.scale().cuts()).hasSize(1);
        assertThat(cut.to() - cut.from()).isEqualTo(days - 41);
        Bar asked = track(timeline, "manager").bars().getFirst();
        assertThat(asked.phase()).isEqualTo(Phase.APPROVAL);
        assertThat(asked.width()).isEqualTo(TimeScale.CUT);
        assertThat(track(timeline, "pay").bars().getFirst().width()).isGreaterThan(300);
        assertThat(timeline.scale().ticks()).filteredOn(TimeScale.Tick::isClock).hasSize(2);
    }

    @Test
    void open_bars_extend_to_now() {
        Transaction.Builder saga = ShownTransactions.example("saga");
        call(saga, 1_000, "reserve", "action", Call.Outcome.UNKNOWN);
        saga.getBranchesBuilder(0).setState(BranchStatus.State.CALLED).setCurrentOp("action");
        event(saga, 1_500, "PARKED", "", "", NONE);
        saga.getParkedBuilder().setSince(at(1_500));

        TimelineChart timeline = wide(saga, 3_000);

        Bar open = track(timeline, "reserve").bars().getFirst();
        assertThat(open.x() + open.width()).isEqualTo(place(timeline, 3_000));
        Bar parked = timeline.tracks().getFirst().bars().getFirst();
        assertThat(parked.phase()).isEqualTo(Phase.PARKED);
        assertThat(parked.x() + parked.width()).isEqualTo(place(timeline, 3_000));
    }

    @Test
    void an_operators_park_lasts_until_the_resume_and_a_skip_ends_a_park() {
        Transaction.Builder message = ShownTransactions.example("message");
        event(message, 100, "PARKED", "", "", NONE);
        event(message, 300, "PARKED", "", "", NONE);
        message.getHistoryBuilder(2).setActor("alice");
        event(message, 500, "RESOLVED", "delivery-1", "deliver", NONE);
        message.getParkedBuilder().setSince(at(300));
        assertParked(wide(message, 900), 100, 900);

        event(message.clearParked(), 600, "RESUMED", "", "", NONE);
        event(message, 700, "PARKED", "", "", NONE);
        event(message, 800, "DROPPED", "delivery-2", "deliver", NONE);
        assertParked(wide(message, 900), 100, 600, 700, 800);
    }

    /** @param times the start and end times of the bars */
    private static void assertParked(TimelineChart timeline, long... times) {
        assertThat(timeline.tracks().getFirst().bars().stream()
                        .flatMapToInt(bar -> IntStream.of(bar.x(), bar.x() + bar.width())))
                .containsExactlyElementsOf(LongStream.of(times)
                        .mapToObj(time -> place(timeline, time))
                        .toList());
    }

    @Test
    void an_undo_starts_when_all_later_steps_are_undone() {
        Transaction.Builder saga = ShownTransactions.example("saga");
        call(saga, 100, "reserve", "action", Call.Outcome.OK);
        call(saga, 200, "pay", "action", Call.Outcome.OK);
        call(saga, 300, "ship", "action", Call.Outcome.REJECTED);
        event(saga.setState(Transaction.State.UNDOING), 300, "DECIDED", "", "", NONE);
        saga.getBranchesBuilder(0).setState(BranchStatus.State.DONE).setCurrentOp("compensate");
        saga.getBranchesBuilder(1).setState(BranchStatus.State.DONE).setCurrentOp("compensate");
        call(saga, 500, "pay", "compensate", Call.Outcome.UNKNOWN);

        TimelineChart stuck = wide(saga, 900);
        Bar tried = track(stuck, "pay").bars().getLast();
        assertThat(tried.x() + tried.width()).isEqualTo(place(stuck, 900));
        assertThat(track(stuck, "reserve").bars())
                .as("not called yet")
                .extracting(Bar::phase)
                .containsExactly(Phase.FORWARD);

        call(saga, 600, "pay", "compensate", Call.Outcome.OK);
        saga.getBranchesBuilder(1).setState(BranchStatus.State.UNDONE);
        TimelineChart going = wide(saga, 900);
        Bar called = track(going, "reserve").bars().getLast();
        assertThat(called.phase()).isEqualTo(Phase.UNDO);
        assertThat(called.x() + called.width()).isEqualTo(place(going, 900));

        call(saga, 800, "reserve", "compensate", Call.Outcome.OK);
        saga.getBranchesBuilder(0).setState(BranchStatus.State.UNDONE);
        TimelineChart timeline = wide(saga.setTerminal(true), 0);
        Bar undo = track(timeline, "reserve").bars().getLast();
        assertThat(undo.x()).isEqualTo(track(timeline, "pay").marks().getLast().x());
        assertThat(undo.x() + undo.width())
                .isEqualTo(track(timeline, "reserve").marks().getLast().x());
        assertThat(track(timeline, "pay").bars().getLast().x())
                .isEqualTo(timeline.rules().getFirst().x());
    }

    @Test
    void a_short_transaction_has_no_cut() {
        Transaction.Builder saga = ShownTransactions.example("saga");
        call(saga, 4, "reserve", "action", Call.Outcome.OK);
        call(saga, 12, "pay", "action", Call.Outcome.UNKNOWN);
        call(saga, 1_900, "pay", "action", Call.Outcome.OK);
        call(saga, 1_903, "ship", "action", Call.Outcome.OK);

        assertThat(wide(saga.setTerminal(true), 0).scale().cuts()).isEmpty();
    }

    @Test
    void a_narrow_chart_is_complete_with_names_above_the_tracks() {
        Transaction.Builder many = ShownTransactions.steps(40);
        for (int i = 0; i < 4_000; i++) {
            call(many, i * (long) i, "step-" + i % 40, "action", Call.Outcome.OK);
        }

        TimelineChart narrow = TimelineChart.of(many.build(), at(16_000_000), TimelineChart.PlotArea.NARROW);

        assertThat(narrow.width()).isLessThan(328);
        assertThat(narrow.nameY(narrow.tracks().getLast()))
                .isLessThan(narrow.tracks().getLast().y());
        assertThat(narrow.tracks().stream().flatMap(track -> track.marks().stream()))
                .hasSizeLessThanOrEqualTo(150)
                .allMatch(mark -> mark.x() >= narrow.area().left() && mark.x() < narrow.width());
        assertThat(narrow.tracks().stream()
                        .flatMap(track -> track.marks().stream())
                        .mapToInt(Mark::count)
                        .sum())
                .isEqualTo(4_001);
    }

    @Test
    void takeovers_are_rules_and_completions_are_distinguished_from_tries() {
        Transaction.Builder tcc = ShownTransactions.example("tcc");
        call(tcc, 10, "debit", "try", Call.Outcome.OK);
        event(tcc, 2_000, "ADOPTED", "", "", NONE);
        call(tcc, 2_010, "credit", "try", Call.Outcome.OK);
        event(tcc.setState(Transaction.State.COMPLETING), 2_010, "DECIDED", "", "", NONE);
        call(tcc, 2_030, "debit", "confirm", Call.Outcome.OK);

        TimelineChart timeline = wide(tcc, 2_040);

        assertThat(timeline.rules()).extracting(TimelineChart.Rule::kind).containsExactly("ADOPTED", "DECIDED");
        assertThat(track(timeline, "debit").bars())
                .extracting(Bar::phase)
                .containsExactly(Phase.FORWARD, Phase.COMPLETION);
    }

    @Test
    void marks_are_merged_to_at_most_400_without_loss() {
        Transaction.Builder wide = ShownTransactions.steps(256);
        for (int i = 0; i < 20_000; i++) {
            call(wide, i * 137L, "step-" + i % 256, "action", i == 10_007 ? Call.Outcome.FAILED : Call.Outcome.OK);
        }

        TimelineChart timeline = wide(wide, 20_000 * 137L);

        assertThat(timeline.tracks()).hasSize(26);
        assertThat(timeline.tracks().getLast().others()).isEqualTo(232);
        assertThat(timeline.tracks().stream()
                        .mapToInt(track -> track.marks().size())
                        .sum())
                .isLessThanOrEqualTo(400);
        assertThat(timeline.tracks().stream()
                        .flatMap(track -> track.marks().stream())
                        .mapToInt(Mark::count)
                        .sum())
                .isEqualTo(20_001);
        assertThat(timeline.tracks().stream().flatMap(track -> track.marks().stream()))
                .anyMatch(mark -> mark.tone() == StatusStyle.BAD);
    }

    @Test
    void waiting_and_called_branches_get_tracks_before_done_branches() {
        Transaction.Builder many = ShownTransactions.steps(40);
        many.getBranchesBuilderList().forEach(one -> one.setState(BranchStatus.State.DONE));
        many.getBranchesBuilder(30).setState(BranchStatus.State.AWAITING_APPROVAL);
        many.getBranchesBuilder(35).setState(BranchStatus.State.CALLED);

        assertThat(wide(many, 1).tracks())
                .extracting(Track::id)
                .contains("step-21", "step-30", "step-35")
                .doesNotContain("step-22");
    }

    @Test
    void a_single_event_gives_a_timeline() {
        TimelineChart timeline = wide(ShownTransactions.example("notification").setTerminal(true), 0);

        assertThat(timeline.scale().ticks()).hasSize(1);
        assertThat(timeline.tracks().getFirst().marks().getFirst().x())
                .isEqualTo(timeline.area().left());
    }
}
