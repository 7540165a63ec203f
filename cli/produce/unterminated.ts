/**
 * How a file without a line feed at its end comes back as it was. Lines are stored without what ended them; a last line that
 * nothing ended carries this header (its value is empty), and `consume` puts no line feed behind such a record.
 */
export const UNTERMINATED_HEADER = 'respool.unterminated';
