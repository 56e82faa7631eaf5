package dev.entente.faults.rules;

import dev.entente.simulation.reference.Aftermath.Answer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The records that the reference needs beside the checker's evidence.
 *
 * @param transcripts by gid; without those that nobody knows
 * @param answers of both ledgers, by gid
 */
public record Testimony(Map<String, Transcript> transcripts, Map<String, List<Answer>> answers) {
    public Testimony {
        transcripts = new HashMap<>(transcripts);
        answers = new HashMap<>(answers);
    }

    @Nullable
    Transcript transcript(String gid) {
        return transcripts.get(gid);
    }

    List<Answer> answers(String gid) {
        return answers.getOrDefault(gid, List.of());
    }
}
