package dev.entente.server.console.drawing;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.entente.server.console.drawing.TimelineChart.Bar;
import dev.entente.server.console.drawing.TimelineChart.Mark;
import dev.entente.server.console.drawing.TimelineChart.Phase;
import dev.entente.server.console.drawing.TimelineChart.Rule;
import dev.entente.server.console.drawing.TimelineChart.Track;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Transaction;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Draws a timeline. For one use, by one thread. */
final class TimelineDrawing {
    private static final int MAX_TRACKS = 24;
    /** The order in which branches get a track if there are more branches than tracks. */
    private static final List<StatusStyle> BY_INTEREST = List.of(
            StatusStyle.BAD, StatusStyle.WAIT, StatusStyle.RUN, StatusStyle.BACK, StatusStyle.GOOD, StatusStyle.CALM);

    private static final int MAX_RULES = 24;
    private static final int NARROWEST = 8;

    private final Transaction transaction;
    private final TimelineChart.PlotArea area;
    private final PlanShape shape;
    private final long end;
    private final TimeScale scale;
    /** The events by branch. The empty id has the events that concern no branch. */
    private final Map<String, List<HistoryEvent>> events;

    TimelineDrawing(Transaction transaction, Timestamp now, TimelineChart.PlotArea area) {
        this.transaction = transaction;
        this.area = area;
        this.shape = PlanShape.of(transaction);
        Stream<Timestamp> happened = transaction.getHistoryList().stream().map(HistoryEvent::getTime);
        Timestamp first = transaction.getCreateTime();
        long[] times = Stream.concat(transaction.getTerminal() ? Stream.of(first) : Stream.of(first, now), happened)
                .mapToLong(Timestamps::toMillis)
                .sorted()
                .distinct()
                .toArray();
        this.end = times[times.length - 1];
        this.scale = TimeScale.of(times, area.left(), area.plot(), area.mostCuts());
        this.events = transaction.getHistoryList().stream().collect(Collectors.groupingBy(HistoryEvent::getBranch));
    }

    private List<HistoryEvent> events(String branch) {
        return events.getOrDefault(branch, List.of());
    }

    TimelineChart drawn() {
        List<Integer> shown = chosen();
        int cell = cell(shown.size() + 2);
        Map<String, List<HistoryEvent>> rest = new TreeMap<>(events);
        rest.remove("");
        List<Track> tracks = new ArrayList<>();
        tracks.add(new Track("", 0, y(0), parkedBars(), marks(events(""), cell)));
        for (int branch : shown) {
            String id = shape.parts().get(branch).id();
            rest.remove(id);
            tracks.add(new Track(id, 0, y(tracks.size()), bars(branch, events(id)), marks(events(id), cell)));
        }
        int others = shape.parts().size() - shown.size();
        if (others > 0) {
            List<HistoryEvent> all =
                    rest.values().stream().flatMap(List::stream).toList();
            tracks.add(new Track("", others, y(tracks.size()), List.of(), marks(all, cell)));
        }
        int height = y(tracks.size()) + 34;
        int width = area.left() + area.plot() + area.right();
        return new TimelineChart(
                List.copyOf(tracks), rules(), scale, area, width, height, transaction.getHistoryCount());
    }

    private int y(int track) {
        return TimelineChart.TOP + track * area.track();
    }

    /** Returns the branches with tracks, in the plan's order. If tracks are scarce, the priority chooses the branches. */
    private List<Integer> chosen() {
        return IntStream.range(0, shape.parts().size())
                .boxed()
                .sorted(Comparator.comparingInt(one -> BY_INTEREST.indexOf(
                        StatusStyle.of(shape.parts().get(one).status()))))
                .limit(MAX_TRACKS)
                .sorted()
                .toList();
    }

    // ---- marks

    /** Returns the width of one mark in pixels, which limits the number of marks in all tracks to the maximum. */
    private int cell(int tracks) {
        return Math.max(NARROWEST, Math.ceilDiv(area.plot(), area.mostMarks() / tracks - 1));
    }

    private List<Mark> marks(List<HistoryEvent> events, int cell) {
        Map<Integer, Mark> marks = new TreeMap<>();
        for (HistoryEvent event : events) {
            Mark mark = new Mark(StatusStyle.of(event, transaction), x(event), 1, event);
            marks.merge((mark.x() - area.left()) / cell, mark, (one, other) -> {
                Mark more = one.tone().compareTo(other.tone()) > 0 ? one : other;
                return new Mark(more.tone(), more.x(), one.count() + other.count(), more.event());
            });
        }
        return List.copyOf(marks.values());
    }

    private int x(HistoryEvent event) {
        return scale.x(Timestamps.toMillis(event.getTime()));
    }

    // ---- bars

    private static Phase phase(String op) {
        return switch (op) {
            case String undo when StatusStyle.isUndo(undo) -> Phase.UNDO;
            case "confirm", "commit" -> Phase.COMPLETION;
            case "approval" -> Phase.APPROVAL;
            default -> Phase.FORWARD;
        };
    }

    private List<Bar> bars(int branch, List<HistoryEvent> events) {
        Map<Phase, Long> until = new TreeMap<>();
        events.forEach(event -> until.put(phase(event.getOp()), Timestamps.toMillis(event.getTime())));
        BranchStatus status = shape.parts().get(branch).status();
        Phase current = phase(status.getCurrentOp());
        boolean isOpen = !transaction.getTerminal()
                && isInProgress(status)
                && (until.containsKey(current) || isItsTurn(branch, current));
        List<Bar> bars = new ArrayList<>();
        if (isOpen) {
            until.put(current, end);
        }
        until.forEach((phase, last) -> {
            boolean wasAsked = phase == Phase.APPROVAL && !events.isEmpty();
            long from = wasAsked ? Timestamps.toMillis(events.getFirst().getTime()) : ready(branch, phase);
            bars.add(bar(phase, Math.min(from, last), last));
        });
        return bars;
    }

    private static boolean isInProgress(BranchStatus status) {
        return switch (status.getState()) {
            case CALLED, AWAITING_APPROVAL -> true;
            case DONE, FAILED -> phase(status.getCurrentOp()) != Phase.FORWARD;
            case PENDING -> !status.getNotSent().isEmpty() || status.hasNextAttemptTime();
            default -> false;
        };
    }

    private Bar bar(Phase phase, long from, long to) {
        return new Bar(phase, scale.x(from), Math.max(1, scale.x(to) - scale.x(from)));
    }

    /** Returns the branches before a branch in a phase's direction: an undo runs from the last branch to the first. */
    private IntStream before(int branch, Phase phase) {
        BitSet one = new BitSet();
        one.set(branch);
        return (phase == Phase.UNDO ? shape.graph().below(one) : shape.graph().above(one)).stream();
    }

    /** Returns whether no earlier branch is active in an undo or a completion. Other phases have no order here. */
    private boolean isItsTurn(int branch, Phase phase) {
        return (phase != Phase.UNDO && phase != Phase.COMPLETION)
                || before(branch, phase)
                        .mapToObj(one -> shape.parts().get(one).status())
                        .noneMatch(one -> isInProgress(one) && phase(one.getCurrentOp()) == phase);
    }

    /** Returns the time at which the last earlier branch was done. A call cannot be earlier. */
    private long ready(int branch, Phase phase) {
        boolean isForward = phase == Phase.FORWARD;
        String begun = isForward ? "STARTED" : "DECIDED";
        long first = events("").stream()
                .filter(event -> event.getKind().equals(begun))
                .mapToLong(event -> Timestamps.toMillis(event.getTime()))
                .findFirst()
                .orElse(Timestamps.toMillis(transaction.getCreateTime()));
        return before(branch, phase)
                .mapToObj(one -> events(shape.parts().get(one).id()))
                .flatMap(List::stream)
                .filter(event -> isForward ? isForward(phase(event.getOp())) : phase(event.getOp()) == phase)
                .filter(event ->
                        event.getOutcome() == Call.Outcome.OK || event.getKind().equals("RESOLVED"))
                .mapToLong(event -> Timestamps.toMillis(event.getTime()))
                .reduce(first, Math::max);
    }

    private static boolean isForward(Phase phase) {
        return phase == Phase.FORWARD || phase == Phase.APPROVAL;
    }

    /** Returns the newest bars of parked time. An operator's mark remains when the coordinator's reason disappears. */
    private List<Bar> parkedBars() {
        List<Bar> bars = new ArrayList<>();
        Set<String> marks = new HashSet<>(); // the actors of the marks; empty for the coordinator's reason
        long since = -1;
        for (HistoryEvent event : transaction.getHistoryList()) {
            switch (event.getKind()) {
                case "PARKED" -> marks.add(event.getActor());
                case "UNPARKED", "RESOLVED", "DECIDED", "DROPPED", "APPROVAL_DECIDED" -> marks.remove("");
                case "RETRIED", "RESUMED", "FINISHED" -> marks.clear();
                default -> {}
            }
            if (since < 0 && !marks.isEmpty()) {
                since = Timestamps.toMillis(event.getTime());
            } else if (since >= 0 && marks.isEmpty()) {
                bars.add(bar(Phase.PARKED, since, Timestamps.toMillis(event.getTime())));
                since = -1;
            }
        }
        if (transaction.hasParked()) {
            long from = since < 0 ? Timestamps.toMillis(transaction.getParked().getSince()) : since;
            bars.add(bar(Phase.PARKED, from, end));
        }
        return List.copyOf(bars.subList(Math.max(0, bars.size() - MAX_RULES), bars.size()));
    }

    private List<Rule> rules() {
        return events("").stream()
                .filter(event ->
                        event.getKind().equals("DECIDED") || event.getKind().equals("ADOPTED"))
                .map(event -> new Rule(event.getKind(), x(event)))
                .distinct()
                .limit(MAX_RULES)
                .toList();
    }
}
