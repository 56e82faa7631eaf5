package dev.entente.server.participant;

import dev.entente.core.transaction.Target;
import dev.entente.v1.ParticipantServiceGrpc;

/**
 * The methods that a participant serves to coordinators, operators and tools, and not to transactions. A call of a plan
 * has the coordinator's credentials: through it a submitter would read what a participant has on record of others, or
 * make calls in their names. Pure and thread-safe.
 */
public final class InfrastructureMethods {
    private static final String PARTICIPANT = ParticipantServiceGrpc.SERVICE_NAME + "/";
    /** They tell what a participant serves, and to whom; its health is no secret, and changes nothing. */
    private static final String REFLECTION = "grpc.reflection.";

    private static final String CHANNELZ = "grpc.channelz.";

    private InfrastructureMethods() {}

    /**
     * Tells whether no plan may name it.
     *
     * @param isQuestion whether the call asks a message's client what became of its local transaction
     */
    public static boolean isOne(Target target, boolean isQuestion) {
        return target instanceof Target.Grpc call
                && (call.method().startsWith(PARTICIPANT)
                        || call.method().startsWith(REFLECTION)
                        || call.method().startsWith(CHANNELZ))
                && !(isQuestion && isCheck(call));
    }

    /** Tells whether it is the method by which the SDK answers such a question. */
    public static boolean isCheck(Target target) {
        return target instanceof Target.Grpc call
                && call.method().equals(ParticipantServiceGrpc.getCheckMethod().getFullMethodName());
    }
}
