package dev.entente.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.bench.process.Jvm;
import dev.entente.bench.process.MachineProbe;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.Map;

/** Runs one {@link Mode} and tells what it found in the shape of the bench's other reports. */
final class ModeRun {
    private final Mode mode;
    private final TestBed.Options options;
    private final Effort effort;
    private final Trial trial;

    ModeRun(Mode mode, TestBed.Options options, Effort effort, PrintWriter progress) {
        this.mode = mode;
        this.options = options;
        this.effort = effort;
        this.trial = new Trial(options, effort, progress);
    }

    /** Returns the trial, which has to be closed when the run is over or is broken off. */
    Trial trial() {
        return trial;
    }

    /** Blocks until the answer is found, and returns it. */
    ModeReport run() throws IOException, SQLException, InterruptedException {
        trial.start();
        double fsyncMillis = MachineProbe.fsyncMillis(options.directory());
        double commitMillis = trial.database().commitMillis();
        mode.question().ask(trial);
        JsonObject settings = RunConditions.common(trial.database(), fsyncMillis, commitMillis);
        settings.add("jvm", jvm());
        settings.addProperty("in_flight", Trial.IN_FLIGHT);
        settings.addProperty("warm_up_s", effort.warmUp().toMillis() / 1e3);
        settings.addProperty("window_s", effort.window().toMillis() / 1e3);
        settings.addProperty("quick", effort.isQuick());
        settings.addProperty("open", effort.open());
        settings.addProperty("finished", effort.finished());
        trial.notes().entrySet().forEach(note -> settings.add(note.getKey(), note.getValue()));
        Map<String, Threshold> musts = Threshold.of(trial.ratios());
        return new ModeReport(mode, settings, effort.repeats(), trial.tally(), trial.ratios(), musts, trial.problems());
    }

    private JsonObject jvm() {
        JsonObject jvm = new JsonObject();
        jvm.addProperty("version", Jvm.version());
        trial.coordinators().forEach((name, command) -> {
            JsonArray line = RunConditions.array(command.stream()
                    .map(text -> text.replace(options.directory().toString(), "WORK"))
                    .toList());
            jvm.add(name, line);
        });
        return jvm;
    }
}
