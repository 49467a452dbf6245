export {
  type SearchNode,
  startSearchNode,
  takeLocalCredentials as useLocalCredentials,
} from '../../../local/search/own-node.ts';
