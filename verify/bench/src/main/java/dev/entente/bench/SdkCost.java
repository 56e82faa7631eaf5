package dev.entente.bench;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.peer.SdkMain;
import dev.entente.bench.process.BenchProcess;
import dev.entente.bench.process.Jvm;
import dev.entente.rig.ChildProcess;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;

/** A comparison of a program that submits sagas through the client SDK with one that calls the generated gRPC stub. */
final class SdkCost implements Mode.Question {
    private static final int SUBMITS = 5_000;

    @Override
    public void ask(Measurement measurement) throws IOException, SQLException, InterruptedException {
        BenchProcess participant = measurement.bed().participant(EntenteServer.PARTICIPANT);
        BenchProcess node = measurement
                .bed()
                .node("entente", measurement.bed().database().create("entente"), participant, List.of());
        measurement.warmUp(node);
        for (int repeat = 0; repeat < measurement.scale().repeats(); repeat++) {
            for (SdkMain.Library library : SdkMain.Library.values()) {
                run(measurement, name(library), library, node.port());
            }
        }
        String sdk = name(SdkMain.Library.SDK);
        String stub = name(SdkMain.Library.STUB);
        for (String figure : List.of("first_ms", "bytes")) {
            measurement.ratio("sdk-" + figure + ":stub", measurement.tally().ratio(sdk, stub, figure));
        }
    }

    private static String name(SdkMain.Library library) {
        return library.name().toLowerCase(Locale.ROOT);
    }

    private static void run(Measurement measurement, String name, SdkMain.Library library, int port)
            throws IOException, InterruptedException {
        int submits = measurement.scale().isQuick() ? SUBMITS / 10 : SUBMITS;
        List<String> arguments = List.of(
                "-cp",
                System.getProperty("java.class.path"),
                SdkMain.class.getName(),
                library.name(),
                "127.0.0.1:" + port,
                Integer.toString(submits));
        try (ChildProcess program = Jvm.start(
                name,
                measurement.bed().options().jvmOptions(),
                arguments,
                measurement.bed().options().directory())) {
            JsonObject found =
                    JsonParser.parseString(program.awaitFirstLine(Jvm.READY)).getAsJsonObject();
            measurement.add(
                    name,
                    Measurement.figures(
                            "first_ms",
                            found.get("first_ms").getAsDouble(),
                            "bytes",
                            found.get("bytes").getAsDouble()));
        }
    }
}
