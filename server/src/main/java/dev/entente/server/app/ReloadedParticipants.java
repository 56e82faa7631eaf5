package dev.entente.server.app;

import dev.entente.server.api.access.WatchedFiles;
import dev.entente.server.app.Settings.Given;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.telemetry.MetricName;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The participants of the configuration file. After a change of the file, participants are added, changed and removed.
 * A file with an error changes nothing. Other settings need a restart. For one thread at a time.
 */
final class ReloadedParticipants {
    private static final Logger log = LoggerFactory.getLogger(ReloadedParticipants.class);

    private final ScheduledExecutorService looking;
    private final Metrics metrics;
    private final Map<String, SecretFiles> secrets = new HashMap<>();
    /** The settings of the start, with the current participants. */
    private Configuration current;

    /**
     * Reads the participants' tokens, keys and certificates, and watches them. Blocks.
     *
     * @throws StartupFailure ENT-071 if one of these files is no longer readable
     */
    ReloadedParticipants(Configuration configuration, ScheduledExecutorService looking, Metrics metrics) {
        this.current = configuration;
        this.looking = looking;
        this.metrics = metrics;
        opened(configuration.participants()).forEach(this::replace);
    }

    private static Map<String, SecretFiles> opened(List<ParticipantConfig> participants) {
        Map<String, SecretFiles> files = new TreeMap<>();
        participants.forEach(config -> files.put(config.name(), SecretFiles.open(config)));
        return files;
    }

    private void replace(String participant, SecretFiles files) {
        end(participant);
        files.watch(looking, metrics);
        secrets.put(participant, files);
    }

    private void end(String participant) {
        SecretFiles former = secrets.remove(participant);
        if (former != null) {
            former.end(metrics);
        }
    }

    /**
     * Applies each change of the file from now on. Blocks.
     *
     * @return ends the checks of the file
     */
    Runnable watch(CalledParticipants participants) {
        Configuration.Source source = current.source();
        // A name could be both announced and configured.
        if (source == null || current.takesAnnouncements()) {
            return () -> {};
        }
        try {
            WatchedFiles watched = WatchedFiles.open(List.of(source.file()), _ -> change(source, participants));
            metrics.show(MetricName.CONFIGURATION_FILE, watched::state);
            return watched.refreshOn(looking, metrics);
        } catch (IOException | IllegalArgumentException unusable) { // such as a pipe, which has no second content
            log.warn("changes of {} need a restart: {}", source.file(), unusable.getMessage());
            return () -> {};
        }
    }

    /**
     * Reads the file and applies the differences. Blocks.
     *
     * @throws IllegalArgumentException with all errors, after which nothing has changed
     */
    void change(Configuration.Source source, CalledParticipants participants) {
        try {
            Configuration read = source.again().get();
            Configuration next = current.withParticipantsOf(read);
            Map<String, Map<String, Given>> before = current.participantSettings();
            Map<String, Map<String, Given>> after = next.participantSettings();
            List<ParticipantConfig> opened = next.participants().stream()
                    .filter(config -> !Objects.equals(before.get(config.name()), after.get(config.name())))
                    .toList();
            Set<String> removed = new TreeSet<>(before.keySet());
            removed.removeAll(after.keySet());
            Map<String, SecretFiles> files = opened(opened);
            participants.change(opened, removed);
            removed.forEach(this::end);
            files.forEach(this::replace);
            report(Level.INFO, "participants were added or changed", files.keySet());
            report(Level.WARN, "participants were removed; calls wait until they are configured again", removed);
            report(Level.WARN, "changes of these settings need a restart", read.keysUnlike(current));
            current = next;
        } catch (StartupFailure invalid) {
            throw new IllegalArgumentException(invalid.getMessage(), invalid);
        }
    }

    private static void report(Level level, String what, Collection<String> names) {
        if (!names.isEmpty()) {
            log.atLevel(level).log("the configuration has changed: {}: {}", what, names);
        }
    }
}
