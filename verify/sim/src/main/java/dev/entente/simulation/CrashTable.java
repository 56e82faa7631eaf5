package dev.entente.simulation;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.simulation.drawing.CallEnd;
import dev.entente.simulation.world.KillPoint;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Counts the ends of branches in transactions that were open when a coordinator was killed: by kind with its pattern,
 * end and crash point.
 */
final class CrashTable {
    /** The least number of each that a run should reach. */
    static final int ENOUGH = 20;

    private final Map<Cell, Integer> counts = new HashMap<>();

    /** One of the things to be reached. */
    record Cell(StepKind kind, CallEnd end, KillPoint point) {
        @Override
        public String toString() {
            return kind.title() + ", " + end + ", killed at " + point;
        }
    }

    /** Returns all cells that can be. */
    static List<Cell> cells() {
        List<Cell> cells = new ArrayList<>();
        for (StepKind kind : StepKind.values()) {
            for (CallEnd end : kind.ends()) {
                for (KillPoint point : KillPoint.values()) {
                    cells.add(new Cell(kind, end, point));
                }
            }
        }
        return cells;
    }

    void count(Cell cell, int more) {
        counts.merge(cell, more, Integer::sum);
    }

    void add(CrashTable other) {
        other.counts.forEach(this::count);
    }

    int count(Cell cell) {
        return counts.getOrDefault(cell, 0);
    }

    /** Returns the smallest count. */
    int least() {
        return cells().stream().mapToInt(this::count).min().orElse(0);
    }

    /** Returns the cells that were reached too seldom. */
    List<Cell> thin() {
        return cells().stream().filter(cell -> count(cell) < ENOUGH).toList();
    }

    /** Returns the cells that were reached although a reason says that they cannot be. */
    List<Cell> unforeseen() {
        return counts.keySet().stream()
                .filter(cell -> Impossible.isRuledOut(cell.kind(), cell.end()))
                .toList();
    }

    /** Returns one line for each kind and end, with a count for each crash point. */
    String text() {
        StringBuilder text = new StringBuilder(8192);
        text.append(line("killed at"));
        for (KillPoint point : KillPoint.values()) {
            text.append(column(point.name().replace("CALL_", "").replace("COMPLETION", "COMPL")));
        }
        for (StepKind kind : StepKind.values()) {
            for (CallEnd end : kind.ends()) {
                text.append('\n').append(line(kind.title() + ", " + end.name().toLowerCase(Locale.ROOT)));
                for (KillPoint point : KillPoint.values()) {
                    text.append(column(Integer.toString(count(new Cell(kind, end, point)))));
                }
            }
        }
        return text.toString();
    }

    private static String line(String head) {
        return "%-36s".formatted(head);
    }

    private static String column(String text) {
        return "%9s".formatted(text);
    }

    void write(DataOutputStream out) throws IOException {
        out.writeInt(counts.size());
        for (Map.Entry<Cell, Integer> counted : counts.entrySet()) {
            out.writeUTF(counted.getKey().kind().name());
            out.writeUTF(counted.getKey().end().name());
            out.writeUTF(counted.getKey().point().name());
            out.writeInt(counted.getValue());
        }
    }

    /** Adds what was written. */
    void read(DataInputStream in) throws IOException {
        for (int i = in.readInt(); i > 0; i--) {
            StepKind kind = StepKind.valueOf(in.readUTF());
            CallEnd end = CallEnd.valueOf(in.readUTF());
            KillPoint point = KillPoint.valueOf(in.readUTF());
            count(new Cell(kind, end, point), in.readInt());
        }
    }

    /** Returns an object for each cell. */
    JsonArray json() {
        JsonArray rows = new JsonArray();
        for (Cell cell : cells()) {
            JsonObject row = new JsonObject();
            row.addProperty("pattern", cell.kind().pattern().name());
            row.addProperty("kind", cell.kind().name());
            row.addProperty("end", cell.end().name());
            row.addProperty("crash_point", cell.point().name());
            row.addProperty("count", count(cell));
            rows.add(row);
        }
        return rows;
    }
}
