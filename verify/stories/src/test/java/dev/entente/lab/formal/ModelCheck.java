package dev.entente.lab.formal;

import dev.entente.lab.LabProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tlc2.TLC;

/**
 * A run of {@code verify/formal/check}.
 *
 * @param out all of standard output
 * @param err all of standard error
 */
record ModelCheck(int exit, String out, String err) {
    /** Runs it to its end. Blocks. */
    static ModelCheck run(Path folder, String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(Path.of(System.getProperty("entente.home"), "verify", "formal", "check")
                        .toString()));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(folder, "check", ".out");
        Path err = Files.createTempFile(folder, "check", ".err");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("ENTENTE_TLC_JAR", tlc());
        Process process = builder.start();
        LabProcess.awaitEnd(process, err);
        return new ModelCheck(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    /** Returns the jar's path in Maven's repository. */
    private static String tlc() {
        return Path.of(TLC.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .getPath())
                .toString();
    }
}
