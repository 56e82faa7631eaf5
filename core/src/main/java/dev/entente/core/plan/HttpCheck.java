package dev.entente.core.plan;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Target;
import java.util.Set;

/** Checks the HTTP address of an operation. Used once. */
final class HttpCheck {
    /** A GET changes nothing and may be sent twice. The HTTP client repeats no other method. */
    private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "PATCH", "DELETE");

    private static final HeaderCheck HEADERS =
            new HeaderCheck(HttpHeaders::isName, "a token", "credentials belong in the participant's configuration");

    private final PlanPath place;
    private final Findings findings;

    HttpCheck(PlanPath place, Findings findings) {
        this.place = place;
        this.findings = findings;
    }

    void check(Operation operation, Target.Http target) {
        if (target.participant().isEmpty()) {
            malformed(".participant", "the call has no participant; give a configured name, or host:port");
        }
        if (!METHODS.contains(target.method())) {
            malformed(
                    ".method",
                    "'%s' is not one of GET, POST, PUT, PATCH, DELETE".formatted(Names.shortened(target.method())));
        }
        if (target.method().equals("GET")
                && !(operation.body().isEmpty() && operation.bindings().isEmpty())) {
            malformed(".method", "a GET has no body; send a POST, or leave body and bindings out");
        }
        String fault = HttpPath.fault(target.path());
        if (fault != null) {
            malformed(".path", "'%s' is not a valid path: %s".formatted(Names.shortened(target.path()), fault));
        }
        HEADERS.check(target.headers(), message -> malformed(".headers", message));
    }

    private void malformed(String field, String message) {
        findings.add(Finding.error(ErrorCode.MALFORMED, place.field(".http" + field), message));
    }
}
