package dev.entente.server.codec;

import com.google.protobuf.DurationOrBuilder;
import com.google.protobuf.util.Durations;
import dev.entente.core.plan.Finding;
import dev.entente.core.plan.Findings;
import dev.entente.core.plan.PlanPath;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Role;
import dev.entente.v1.CallPolicyOrBuilder;
import dev.entente.v1.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fills in call policies. Each field comes from the operation, else from the plan, else from the defaults. */
final class PolicyReader {
    /** A policy without any field. */
    private static final CallPolicyOrBuilder SILENT =
            Operation.getDefaultInstance().getPolicy();

    private final CallPolicy forward;
    private final CallPolicy settling;
    private final Findings findings;

    /** @param standardForward of the plan's pattern */
    PolicyReader(
            CallPolicyOrBuilder planned, CallPolicy standardForward, CallPolicy standardSettling, Findings findings) {
        this.findings = findings;
        if (PlanReader.hasUnknown(planned)) {
            findings.add(PlanReader.unknown(planned, "plan.defaults"));
        }
        this.forward = filled(planned, standardForward, "plan.defaults", findings);
        this.settling = filled(planned, standardSettling, "plan.defaults", new Findings());
    }

    CallPolicy read(CallPolicyOrBuilder requested, PlanPath place, Role role) {
        CallPolicy defaults = role == Role.FORWARD ? forward : settling;
        if (requested.equals(SILENT)) {
            return defaults;
        }
        String field = place.field(".policy");
        if (PlanReader.hasUnknown(requested)) {
            findings.add(PlanReader.unknown(requested, field));
        }
        return filled(requested, defaults, field, findings);
    }

    private static CallPolicy filled(
            CallPolicyOrBuilder requested, CallPolicy defaults, String field, Findings findings) {
        if (requested.equals(SILENT)) {
            return defaults;
        }
        List<Duration> schedule = schedule(requested, defaults, field, findings);
        return new CallPolicy(
                requested.hasTimeout()
                        ? or(requested.getTimeout(), defaults.timeout(), field + ".timeout", findings)
                        : defaults.timeout(),
                attempts(requested, defaults),
                requested.hasFirstBackoff()
                        ? or(requested.getFirstBackoff(), defaults.firstBackoff(), field + ".first_backoff", findings)
                        : defaults.firstBackoff(),
                requested.hasMaxBackoff()
                        ? or(requested.getMaxBackoff(), defaults.maxBackoff(), field + ".max_backoff", findings)
                        : defaults.maxBackoff(),
                requested.getMultiplier() == 0 ? defaults.multiplier() : requested.getMultiplier(),
                schedule);
    }

    /** Returns the number of attempts; if unset, a schedule allows one attempt more than it has pauses. */
    private static int attempts(CallPolicyOrBuilder requested, CallPolicy defaults) {
        if (requested.getMaxAttempts() != 0) {
            return requested.getMaxAttempts();
        }
        return requested.getScheduleCount() > 0 ? requested.getScheduleCount() + 1 : defaults.maxAttempts();
    }

    /** Reads the list of pauses. A policy that sets the growth of pauses does not inherit a list. */
    private static List<Duration> schedule(
            CallPolicyOrBuilder requested, CallPolicy defaults, String field, Findings findings) {
        if (requested.getScheduleCount() == 0) {
            boolean grows = requested.hasFirstBackoff() || requested.hasMaxBackoff() || requested.getMultiplier() != 0;
            return grows ? List.of() : defaults.schedule();
        }
        List<Duration> schedule = new ArrayList<>(requested.getScheduleCount());
        for (DurationOrBuilder pause : requested.getScheduleList()) {
            schedule.add(or(pause, Duration.ofSeconds(1), field + ".schedule", findings));
        }
        return schedule;
    }

    private static Duration or(DurationOrBuilder requested, Duration defaults, String field, Findings findings) {
        Duration read = duration(requested, field, findings);
        return read == null ? defaults : read;
    }

    /** Returns the duration; null, with a finding, if the duration is not valid. */
    static @Nullable Duration duration(DurationOrBuilder requested, String field, Findings findings) {
        if (Durations.isValid(requested.getSeconds(), requested.getNanos())) {
            return Duration.ofSeconds(requested.getSeconds(), requested.getNanos());
        }
        findings.add(Finding.error(
                ErrorCode.POLICY,
                field,
                "%s s and %s ns are not a valid duration: at most 10,000 years, nanos below 10^9 and of the same sign"
                        .formatted(requested.getSeconds(), requested.getNanos())));
        return null;
    }
}
