package dev.entente.core.plan;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Target;

/** Checks the spelling of a gRPC method, more strictly than the reader of stored plans. Used once. */
final class GrpcCheck {
    private final PlanPath place;
    private final Findings findings;

    GrpcCheck(PlanPath place, Findings findings) {
        this.place = place;
        this.findings = findings;
    }

    /** Checks a target. A target without a method is ignored, because the reader of plans has already reported it. */
    void check(Target.Grpc target) {
        if (!target.method().isEmpty() && !isMethod(target.method())) {
            findings.add(Finding.error(
                    ErrorCode.MALFORMED,
                    place.field(".grpc"),
                    ("'%s' is not a valid method; write participant/package.Service/Method, where each name begins with"
                                    + " a letter or _")
                            .formatted(Names.shortened(target.text()))));
        }
    }

    /** Returns whether the text is identifiers, with single dots between the identifiers of the service. */
    private static boolean isMethod(String method) {
        boolean isInService = true;
        boolean isFirst = true;
        for (int i = 0; i < method.length(); i++) {
            char c = method.charAt(i);
            if (isFirst) {
                if (!isLetter(c)) {
                    return false;
                }
                isFirst = false;
            } else if (isInService && (c == '.' || c == '/')) {
                isInService = c == '.';
                isFirst = true;
            } else if (!isLetter(c) && !(c >= '0' && c <= '9')) {
                return false;
            }
        }
        return !isInService && !isFirst;
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    }
}
