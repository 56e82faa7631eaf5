/**
 * Answers over HTTP that are held back until they are stored, for the SDK's other packages and not for its users. Open
 * {@link dev.entente.http.BufferedHttpResponse} first. This package may use the servlet API. It must not depend on the
 * reason why an answer is stored.
 */
@Internal
@NullMarked
package dev.entente.http;

import dev.entente.Internal;
import org.jspecify.annotations.NullMarked;
