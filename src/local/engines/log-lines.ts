/**
 * An event of CloudWatch Logs holds 256 KiB, 26 bytes of which are its own; Docker's awslogs driver cuts there and goes on in the next
 * event. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
 */
export const LONGEST_LINE_BYTES = 256 * 1024 - 26;
