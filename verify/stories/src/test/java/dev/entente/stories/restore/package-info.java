/** Follows the page on restoring, command by command, with Debian's PostgreSQL. Nothing else belongs here. */
@NullMarked
package dev.entente.stories.restore;

import org.jspecify.annotations.NullMarked;
