package dev.entente.server.participant;

import dev.entente.core.transaction.Target;
import dev.entente.v1.ParticipantServiceGrpc;

/**
 * The methods that a participant serves to coordinators, operators and tools. A plan must not call these methods: calls
 * of a plan have the coordinator's credentials, so a submitter could read data of other callers, or make calls in their
 * names. Pure and thread-safe.
 */
public final class InfrastructureMethods {
    private static final String PARTICIPANT = ParticipantServiceGrpc.SERVICE_NAME + "/";
    /** These services list methods and connections. Health is allowed: it reveals no secret, and changes nothing. */
    private static final String REFLECTION = "grpc.reflection.";

    private static final String CHANNELZ = "grpc.channelz.";

    private InfrastructureMethods() {}

    /**
     * Returns whether plans must not use a method.
     *
     * @param isQuestion whether the call asks the sender of a message for the result of its local transaction
     */
    public static boolean isOne(Target target, boolean isQuestion) {
        return target instanceof Target.Grpc call
                && (call.method().startsWith(PARTICIPANT)
                        || call.method().startsWith(REFLECTION)
                        || call.method().startsWith(CHANNELZ))
                && !(isQuestion && isCheck(call));
    }

    /** Returns whether a target is the SDK's method for the result of a local transaction. */
    public static boolean isCheck(Target target) {
        return target instanceof Target.Grpc call
                && call.method().equals(ParticipantServiceGrpc.getCheckMethod().getFullMethodName());
    }
}
