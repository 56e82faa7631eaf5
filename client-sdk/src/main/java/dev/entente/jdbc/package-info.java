/**
 * What the SDK's own tables have in common, open {@link dev.entente.jdbc.OwnTransaction} first; it is for the SDK's
 * other packages, not for those who use it. It may use JDBC. It must never know whose tables they are.
 */
@Internal
@NullMarked
package dev.entente.jdbc;

import dev.entente.Internal;
import org.jspecify.annotations.NullMarked;
