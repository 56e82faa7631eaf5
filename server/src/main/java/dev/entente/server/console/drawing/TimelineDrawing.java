package dev.entente.server.console.drawing;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.entente.server.console.drawing.Timeline.Bar;
import dev.entente.server.console.drawing.Timeline.Lane;
import dev.entente.server.console.drawing.Timeline.Mark;
import dev.entente.server.console.drawing.Timeline.Phase;
import dev.entente.server.console.drawing.Timeline.Rule;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Transaction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

/** Draws a timeline. Used once, by one thread. */
final class TimelineDrawing {
    private static final int PLOT = 800;
    private static final int MOST_LANES = 24;
    private static final int MOST_MARKS = 400;
    private static final int MOST_RULES = 24;
    private static final int NARROWEST = 8;

    private final Transaction transaction;
    private final PlanShape shape;
    private final long end;
    private final TimeScale scale;
    private final Map<String, List<HistoryEvent>> byBranch = new HashMap<>();
    private final List<HistoryEvent> own = new ArrayList<>();

    TimelineDrawing(Transaction transaction, Timestamp now) {
        this.transaction = transaction;
        this.shape = PlanShape.of(transaction);
        long last = transaction.getHistoryList().stream()
                .mapToLong(event -> millis(event.getTime()))
                .max()
                .orElse(millis(transaction.getCreateTime()));
        this.end = transaction.getTerminal() ? last : Math.max(last, millis(now));
        LongStream times = LongStream.concat(
                LongStream.of(begin(), end),
                transaction.getHistoryList().stream().mapToLong(event -> millis(event.getTime())));
        this.scale = TimeScale.of(times.toArray(), Timeline.LEFT, PLOT);
        for (HistoryEvent event : transaction.getHistoryList()) {
            (event.getBranch().isEmpty() ? own : byBranch.computeIfAbsent(event.getBranch(), _ -> new ArrayList<>()))
                    .add(event);
        }
    }

    private long begin() {
        return transaction.getHistoryCount() == 0
                ? millis(transaction.getCreateTime())
                : Math.min(
                        millis(transaction.getCreateTime()),
                        millis(transaction.getHistory(0).getTime()));
    }

    Timeline drawn() {
        List<Integer> shown = chosen();
        int cell = cell(shown.size() + 2);
        List<Lane> lanes = new ArrayList<>();
        lanes.add(new Lane("", "", 0, y(0), parkedBars(), marks(own, cell)));
        for (int branch : shown) {
            String id = shape.parts().get(branch).id();
            List<HistoryEvent> events = byBranch.getOrDefault(id, List.of());
            lanes.add(new Lane(
                    PlanPicture.Node.shortened(id), id, 0, y(lanes.size()), bars(branch, events), marks(events, cell)));
        }
        int others = shape.parts().size() - shown.size();
        if (others > 0) {
            lanes.add(new Lane("", "", others, y(lanes.size()), List.of(), marks(rest(shown), cell)));
        }
        int height = y(lanes.size()) + 34;
        int width = Timeline.LEFT + PLOT + 54;
        return new Timeline(List.copyOf(lanes), rules(), scale, begin(), width, height, transaction.getHistoryCount());
    }

    private static int y(int lane) {
        return Timeline.TOP + lane * Timeline.LANE;
    }

    /** Those that an operator looks for, where there is no room for all: in the plan's order. */
    private List<Integer> chosen() {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < shape.parts().size(); i++) {
            all.add(i);
        }
        Comparator<Integer> worst =
                Comparator.comparing(one -> Tone.of(shape.parts().get(one).status()), Comparator.reverseOrder());
        return all.stream().sorted(worst).limit(MOST_LANES).sorted().toList();
    }

    private List<HistoryEvent> rest(List<Integer> shown) {
        List<String> drawn =
                shown.stream().map(one -> shape.parts().get(one).id()).toList();
        return transaction.getHistoryList().stream()
                .filter(event -> !event.getBranch().isEmpty() && !drawn.contains(event.getBranch()))
                .toList();
    }

    // ---- marks

    /** Returns how many pixels one mark stands for, so that all lanes together have no more than there may be. */
    private static int cell(int lanes) {
        return Math.max(NARROWEST, Math.ceilDiv(PLOT, MOST_MARKS / lanes - 1));
    }

    private List<Mark> marks(List<HistoryEvent> events, int cell) {
        Map<Integer, Mark> marks = new TreeMap<>();
        for (HistoryEvent event : events) {
            Mark mark = new Mark(Tone.of(event), x(event), 1, event);
            marks.merge((mark.x() - Timeline.LEFT) / cell, mark, (one, other) -> {
                Mark more = one.tone().compareTo(other.tone()) > 0 ? one : other;
                return new Mark(more.tone(), more.x(), one.count() + other.count(), more.event());
            });
        }
        return List.copyOf(marks.values());
    }

    private int x(HistoryEvent event) {
        return scale.x(millis(event.getTime()));
    }

    // ---- bars

    private static Phase phase(String op) {
        return switch (op) {
            case String undo when Tone.isUndo(undo) -> Phase.UNDO;
            case "confirm", "commit" -> Phase.COMPLETION;
            case "approval" -> Phase.APPROVAL;
            default -> Phase.FORWARD;
        };
    }

    private List<Bar> bars(int branch, List<HistoryEvent> events) {
        Map<Phase, Long> until = new TreeMap<>();
        Map<Phase, Long> since = new TreeMap<>();
        for (HistoryEvent event : events) {
            Phase phase = phase(event.getOp());
            if (phase == Phase.APPROVAL) {
                since.putIfAbsent(phase, millis(event.getTime()));
            }
            until.put(phase, millis(event.getTime()));
        }
        BranchStatus status = shape.parts().get(branch).status();
        Phase current = phase(status.getCurrentOp());
        boolean isOpen = !transaction.getTerminal() && isUnderWay(status);
        List<Bar> bars = new ArrayList<>();
        if (isOpen) {
            until.put(current, end);
        }
        until.forEach((phase, last) -> {
            long from = since.getOrDefault(phase, phase == Phase.FORWARD ? ready(branch) : decided());
            bars.add(bar(phase, Math.min(from, last), last, isOpen && phase == current));
        });
        return bars;
    }

    private static boolean isUnderWay(BranchStatus status) {
        return switch (status.getState()) {
            case CALLED, AWAITING_APPROVAL -> true;
            case DONE, FAILED -> phase(status.getCurrentOp()) != Phase.FORWARD;
            case PENDING -> !status.getNotSent().isEmpty() || status.hasNextAttemptTime();
            default -> false;
        };
    }

    private Bar bar(Phase phase, long from, long to, boolean isOpen) {
        return new Bar(phase, scale.x(from), Math.max(1, scale.x(to) - scale.x(from)), isOpen);
    }

    /** Returns when the last of what it waits for was done: it cannot have been called earlier. */
    private long ready(int branch) {
        long ready = firstOf("STARTED", begin());
        List<Integer> before = new ArrayList<>();
        for (int one : shape.graph().predecessors(branch)) {
            before.add(one);
        }
        if (shape.graph().parent(branch) >= 0) {
            before.add(shape.graph().parent(branch));
        }
        for (int one : before) {
            for (HistoryEvent event :
                    byBranch.getOrDefault(shape.parts().get(one).id(), List.of())) {
                Phase phase = phase(event.getOp());
                if (event.getOutcome() == Call.Outcome.OK && (phase == Phase.FORWARD || phase == Phase.APPROVAL)) {
                    ready = Math.max(ready, millis(event.getTime()));
                }
            }
        }
        return ready;
    }

    private long decided() {
        return firstOf("DECIDED", begin());
    }

    private long firstOf(String kind, long otherwise) {
        return own.stream()
                .filter(event -> event.getKind().equals(kind))
                .mapToLong(event -> millis(event.getTime()))
                .findFirst()
                .orElse(otherwise);
    }

    private List<Bar> parkedBars() {
        List<Bar> bars = new ArrayList<>();
        long since = -1;
        for (HistoryEvent event : transaction.getHistoryList()) {
            boolean isOver = switch (event.getKind()) {
                case "UNPARKED", "RETRIED", "RESUMED", "RESOLVED", "FINISHED", "DECIDED" -> true;
                default -> false;
            };
            if (event.getKind().equals("PARKED") && since < 0) {
                since = millis(event.getTime());
            } else if (isOver && since >= 0 && bars.size() < MOST_RULES) {
                bars.add(bar(Phase.PARKED, since, millis(event.getTime()), false));
                since = -1;
            }
        }
        if (since >= 0 && transaction.hasParked()) {
            bars.add(bar(Phase.PARKED, since, end, true));
        }
        return bars;
    }

    private List<Rule> rules() {
        return own.stream()
                .filter(event ->
                        event.getKind().equals("DECIDED") || event.getKind().equals("ADOPTED"))
                .map(event -> new Rule(event.getKind(), x(event)))
                .distinct()
                .limit(MOST_RULES)
                .toList();
    }

    private static long millis(Timestamp time) {
        return Timestamps.toMillis(time);
    }
}
